/// (h) After healing every client's cache points to the live owner: the last announcer was the
/// final owner.
package struct ClientCacheChecker: Checker {
    package init() {}

    package mutating func observe(
        _ observation: Observation, in ledger: Ledger
    ) -> [Violation] {
        guard case .reached(let stage) = observation, stage == .settled || stage == .end else {
            return []
        }
        return ledger.truth.indices.compactMap { judge($0, ledger) }
    }

    /// A client that believes a foreign host, which answered it unheard by any node, is not ours to
    /// mend: the address is defended once in 10 s. Whoever yielded to that host announces the address
    /// when it answers again.
    private func isForeign(_ station: Int, _ address: Int, _ ledger: Ledger) -> Bool {
        station >= ledger.nodeCount && ledger.yielders[address] == nil
    }

    private func judge(_ address: Int, _ ledger: Ledger) -> Violation? {
        guard ledger.truth[address] != nil, ledger.answering[address].count == 1,
            let owner = ledger.answering[address].first?.node
        else { return nil }
        for (client, pointers) in ledger.pointers.enumerated() {
            guard let station = pointers[address], station != owner,
                !isForeign(station, address, ledger)
            else { continue }
            return ledger.violation(
                "h", address: address, nodes: [owner],
                "client \(client + 1) still sends to station \(station + 1)")
        }
        return nil
    }
}
