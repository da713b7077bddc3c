import Addressing

extension Allocator {
    /// What is wrong inside, one sentence each; empty when all is well. For tests and the
    /// simulator: it counts everything anew.
    package func checkInvariants() -> [String] {
        var found = book.violations()
        for record in services.elements {
            found += violations(of: record.key, record)
        }
        for address in book.addresses {
            found += violations(of: address)
        }
        var keys: [String: Set<ServiceKey>] = [:]
        for record in services.elements {
            if let sharing = record.request.wish.sharingKey {
                keys[sharing, default: []].insert(record.key)
            }
        }
        if keys != sharers { found.append("the index of sharing keys") }
        for key in waiting.keys where services[key] == nil {
            found.append("\(key) waits and is unknown")
        }
        return found.sorted()
    }

    private func violations(of key: ServiceKey, _ record: ServiceRecord) -> [String] {
        var found: [String] = []
        for address in record.claims where !book[address].holders.contains(key) {
            found.append("\(key) has \(address), which the book does not give it")
        }
        if Set(record.target.map(\.family)).count != record.target.count {
            found.append("\(key) has two addresses of one family: \(record.target.list)")
        }
        if Set(record.claims).count != record.claims.count {
            found.append("\(key) has an address twice: \(record.claims.list)")
        }
        if record.refusal != nil, !waiting.keys.contains(key) {
            found.append("\(key) is refused and does not wait")
        }
        if !record.leaving.isEmpty, !record.target.contains(where: { book[$0].isProbing }) {
            found.append("\(key) keeps \(record.leaving.list) and nothing is probed")
        }
        return found
    }

    private func violations(of address: IPAddress) -> [String] {
        var found: [String] = []
        let record = book[address]
        for holder in record.holders.list where services[holder]?.claims.contains(address) != true {
            found.append("the book gives \(address) to \(holder), which does not know")
        }
        let requests = record.holders.list.compactMap { services[$0]?.request }
        for (index, left) in requests.enumerated() {
            for right in requests[..<index] {
                if let refusal = SharingRefusal(left, right) {
                    found.append(
                        "\(address) is shared by \(left.key), \(right.key): \(refusal.why)")
                }
            }
        }
        if !record.holders.isEmpty, book.table.index(of: address) == nil {
            found.append("\(address) is held and in no pool")
        }
        if !record.holders.isEmpty, record.quarantine != nil {
            found.append("\(address) is held and in quarantine")
        }
        return found
    }
}
