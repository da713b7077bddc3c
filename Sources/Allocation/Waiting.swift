import Addressing

/// Services that wait for something another service, a file or time must give, oldest first.
struct WaitingList: Sendable {
    private var entries: [Entry] = []
    private var seniorities: [ServiceKey: Seniority] = [:]
    /// How many wait for an address by name.
    private var requests: [IPAddress: Int] = [:]

    struct Entry: Sendable {
        let seniority: Seniority
        let hope: Hope
    }

    /// What could end the wait.
    enum Hope: Hashable, Sendable {
        /// Only a change of the service itself, of pools or of namespaces.
        case none
        /// A change of one of these addresses, or room in their pools' quota.
        case addresses([IPAddress])
        /// A free address in this pool, by index.
        case pool(Int)
        /// A free address in any pool that admits the service.
        case anyPool
    }

    var keys: [ServiceKey] { entries.map(\.seniority.key) }
    var list: [Entry] { entries }

    mutating func insert(_ seniority: Seniority, hope: Hope) {
        remove(seniority.key)
        let entry = Entry(seniority: seniority, hope: hope)
        entries.insert(entry, at: entries.partitionIndex { $0.seniority > seniority })
        seniorities[seniority.key] = seniority
        if case .addresses(let addresses) = hope {
            for address in addresses { requests[address, default: 0] += 1 }
        }
    }

    /// True when it waited.
    @discardableResult
    mutating func remove(_ key: ServiceKey) -> Bool {
        guard !seniorities.isEmpty, let seniority = seniorities.removeValue(forKey: key) else {
            return false
        }
        let index = entries.partitionIndex { $0.seniority >= seniority }
        precondition(
            index < entries.count && entries[index].seniority == seniority,
            "waiting list: \(key) at \(index) of \(entries.count)")
        if case .addresses(let addresses) = entries.remove(at: index).hope {
            for address in addresses {
                let left = (requests[address] ?? 0) - 1
                requests[address] = left > 0 ? left : nil
            }
        }
        return true
    }

    /// Whether somebody waits for exactly this address.
    func isRequested(_ address: IPAddress) -> Bool { requests[address] != nil }

    /// Where the first entry is that is younger than `position`.
    func index(after position: Seniority) -> Int {
        entries.partitionIndex { $0.seniority > position }
    }
}
