import Addressing
import Timing

// The next free addresses of each pool are probed before anybody wants them.
extension Allocator {
    /// One family of one pool.
    private struct SpaceKey: Hashable, Comparable {
        let pool: Int
        let family: AddressFamily

        static func < (left: SpaceKey, right: SpaceKey) -> Bool {
            (left.pool, left.family) < (right.pool, right.family)
        }
    }

    /// Asks about the next free addresses of the pools that this turn touched, where nobody asked or
    /// the answer is old; forgets old answers about others.
    mutating func probeAhead() {
        guard isReady, probesAhead > 0 else { return }
        for space in spacesTouched() where isProbedAhead(space.pool) {
            for address in book.table[space.pool, space.family].nextFree(probesAhead) {
                switch book[address].ahead {
                case nil: ask(address, holdsUntil: nil)
                case .due(let until): ask(address, holdsUntil: until)
                case .asked, .free, .unasked: break
                }
            }
        }
        isAheadOfAll = true
        for before in book.before {
            guard case .due? = book[before.address].ahead else { continue }
            book.change(before.address) { $0.ahead = nil }
        }
    }

    private mutating func ask(_ address: IPAddress, holdsUntil until: Instant?) {
        book.change(address) { $0.ahead = .asked(holdsUntil: until) }
        turn.probes.insert(address)
    }

    /// Those of which an address changed; all of them when everything was looked at anew.
    private func spacesTouched() -> [SpaceKey] {
        guard isAheadOfAll, !turn.isFullPass else {
            return book.table.pools.indices.flatMap { pool in
                AddressFamily.allCases.map { SpaceKey(pool: pool, family: $0) }
            }
        }
        var spaces: [SpaceKey] = []
        for before in book.before {
            guard let pool = book.table.index(of: before.address) else { continue }
            let space = SpaceKey(pool: pool, family: before.address.family)
            if !spaces.contains(space) { spaces.append(space) }
        }
        return spaces.sorted()
    }

    /// It gives addresses to somebody new and announces them.
    private func isProbedAhead(_ pool: Int) -> Bool {
        book.table.pools[pool].announce.isEnabled && !book.table.pools[pool].isDraining
    }
}
