import Addressing
import Allocation
import YAML

/// Rules across pools: names are unique, no range overlaps another one.
struct PoolChecks {
    /// By file index.
    let paths: [String]
    private(set) var errors: [(file: Int, error: YAMLError)] = []

    init(paths: [String]) {
        self.paths = paths
    }

    mutating func check(_ pools: [PlacedPool]) {
        checkNames(pools)
        checkOverlaps(pools)
    }

    private func place(_ file: Int, _ position: YAMLPosition) -> String {
        "\(paths[file]):\(position.line):\(position.column)"
    }

    private mutating func checkNames(_ pools: [PlacedPool]) {
        var first: [String: PlacedPool] = [:]
        for pool in pools {
            guard let known = first[pool.pool.name] else {
                first[pool.pool.name] = pool
                continue
            }
            let message =
                "pool \"\(pool.pool.name)\" is there twice, first at "
                + place(known.file, known.namePosition)
            errors.append((pool.file, YAMLError(pool.namePosition, message)))
        }
    }

    private struct Entry {
        let order: Int
        let pool: PlacedPool
        let range: AddressRange
        let text: String
        let position: YAMLPosition
    }

    /// Sorted by address, a range overlaps one before it exactly when it starts before the
    /// farthest end so far; the error stands at the later of the two in file order.
    private mutating func checkOverlaps(_ pools: [PlacedPool]) {
        var entries: [Entry] = []
        for pool in pools {
            for (range, text, position) in pool.ranges {
                entries.append(
                    Entry(
                        order: entries.count, pool: pool, range: range, text: text,
                        position: position))
            }
        }
        var farthest: Entry?
        for entry in entries.sorted(by: { ($0.range, $0.order) < ($1.range, $1.order) }) {
            guard let known = farthest, known.range.overlaps(entry.range) else {
                farthest = entry
                continue
            }
            let (earlier, later) = known.order < entry.order ? (known, entry) : (entry, known)
            let message =
                "\(kind(of: later.text)) \(later.text) overlaps pool "
                + "\"\(earlier.pool.pool.name)\" (\(place(earlier.pool.file, earlier.position))), "
                + "which has \(earlier.text)"
            errors.append((later.pool.file, YAMLError(later.position, message)))
            if entry.range.last > known.range.last { farthest = entry }
        }
    }

    private func kind(of text: String) -> String {
        text.contains("/") ? "prefix" : text.contains("-") ? "range" : "address"
    }
}
