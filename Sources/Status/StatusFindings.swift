extension DaemonStatus {
    /// What is wrong, one sentence each, worst first; empty when all is well.
    ///
    /// What passes by itself (an address being probed, a member that is late or leaving) and what
    /// was asked for (a pool that is not announced) is not wrong.
    package var findings: [String] {
        problems + apiFindings + addresses.compactMap(\.finding)
            + members.filter { $0.state == .dead }.map { "member \($0.node) is dead" }
            + pending.map { "service \($0.service) is pending: \($0.message)" }
    }

    private var apiFindings: [String] {
        var findings: [String] = []
        if !api.connected {
            let server = api.server ?? "no server is known"
            let age = api.staleSeconds.map { "the view is \($0) s old" } ?? "there is no view yet"
            findings.append("the Kubernetes API is not connected (\(server)); \(age)")
        }
        if leader == nil { findings.append("nobody allocates: no leader is known") }
        if pools.isEmpty { findings.append("there are no pools") }
        return findings
    }
}

extension AddressStatus {
    fileprivate var finding: String? {
        let cause = reason.map { " (\($0.rawValue))" } ?? ""
        let rival = mac ?? "an unknown link address"
        switch state {
        case .announced, .probing:
            return nil
        case .unowned:
            return reason == .notAnnounced ? nil : "nobody answers for \(address)\(cause)"
        case .conflict:
            return owner == nil
                ? "nobody answers for \(address) but \(rival), to which it was yielded"
                : "\(rival) also answers for \(address)"
        case .quarantined:
            let end = quarantineSeconds.map { " (for another \($0) s)" } ?? ""
            return "\(address) is withheld\(end): \(rival) answers for it"
        }
    }
}
