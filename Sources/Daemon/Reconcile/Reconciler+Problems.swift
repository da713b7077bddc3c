import Addressing
import Ownership
import PoolFile
import Status
import Timing
import Wire

extension Reconciler {
    /// For how long a datagram that cannot be opened is shown: longer than any hello period.
    static let misfitShown = Duration.seconds(15)

    /// One sentence for each thing that is wrong beside pending services and unowned addresses.
    func problems(_ facts: SegmentFacts, at now: Instant) -> [String] {
        var problems = (poolErrors?.errors ?? []).map {
            "Pool files refused, the last good set stays: \($0)"
        }
        problems += nodeProblems + linkProblems(facts) + helloProblems(facts, at: now)
        problems += wireProblems + kernelARPProblems(facts)
        if let leaseProblem { problems.append(leaseProblem) }
        if let problem = retained.problem { problems.append(problem) }
        for (service, error) in writes.failures.sorted(by: { $0.key < $1.key }) {
            problems.append("The status of \(service) could not be written: \(error)")
        }
        return problems
    }

    private var nodeProblems: [String] {
        var problems: [String] = []
        let node = configuration.node
        if segment.isOwnNodeMissing {
            problems.append("Node \(node) is missing from the API: this node owns nothing.")
        }
        if segment.isUnsteady {
            problems.append(
                "The segment loop of \(node) runs late again and again, so its addresses are offered "
                    + "to other nodes: allow it SCHED_RR (CAP_SYS_NICE), or leave its host more time."
            )
        }
        if segment.hasDuplicateName {
            problems.append("Another node goes by the name \(node): give one of them another.")
        } else if let others = addressesOfNamesake {
            problems.append(
                "Node \(node) has the addresses \(others), none of which is this machine's: "
                    + "another machine may go by its name.")
        }
        return problems
    }

    /// What the Node of this node's name has for InternalIPs, when this machine has none of them.
    private var addressesOfNamesake: String? {
        let own = segment.links.links.flatMap { $0.interfaceAddresses.map(\.address) }
        let told = cluster.peers.first { $0.name == configuration.node }?.addresses ?? []
        guard segment.hasLinks, !told.isEmpty, !told.contains(where: own.contains) else {
            return nil
        }
        return told.map(\.description).joined(separator: ", ")
    }

    private func linkProblems(_ facts: SegmentFacts) -> [String] {
        func name(_ link: Int32) -> String {
            segment.links.link(index: link)?.name ?? "link \(link)"
        }
        let deaf = segment.deafLinks.sorted().map {
            "No frame of another host arrives on \(name($0))."
        }
        return deaf
            + facts.failingLinks.map {
                "Nothing can be answered on \(name($0)): its sockets fail, see the log."
            } + hostAddressProblems(facts)
    }

    private func hostAddressProblems(_ facts: SegmentFacts) -> [String] {
        let unread = facts.hostAddressProblem.map {
            "The addresses of mode: address are not kept on their links, so the kernel lets them go: "
                + $0
        }
        return [unread].compactMap { $0 }
            + facts.hostAddressFailures.sorted { $0.key < $1.key }.map { address, error in
                "\(address) cannot be put on its link, so nobody answers for it: \(error)"
            }
    }

    private func helloProblems(_ facts: SegmentFacts, at now: Instant) -> [String] {
        var problems: [String] = []
        if helloKeys.choice == nil, let helloKeyProblem {
            problems.append(
                "There is no hello key yet, so this node owns nothing; give --hello-key, or let it "
                    + "read and fill Secret herald-system/herald-hello-key: \(helloKeyProblem)")
        }
        for (link, error) in facts.hellos.failures.sorted(by: { $0.key < $1.key }) {
            problems.append("No hellos are exchanged on \(link): \(error)")
        }
        for (source, misfit) in facts.hellos.misfits.sorted(by: { $0.key < $1.key })
        where now - misfit.last < Self.misfitShown {
            problems.append("\(peerName(source)) \(misfit.reason.predicate)")
        }
        return problems
    }

    private func peerName(_ source: IPAddress) -> String {
        let node = cluster.peers.first { $0.addresses.contains(source) }
        return node.map { "\($0.name) (\(source))" } ?? "\(source)"
    }
}

extension HelloRefusal {
    /// What a peer does whose datagrams are refused for this.
    fileprivate var predicate: String {
        switch self {
        case .otherKey: "speaks with another key; give every node the same."
        case .foreignCluster: "speaks for another cluster; check its kubeconfig."
        case .forged: "sends hellos with a wrong authentication code."
        case .wrongHopLimit: "sends hellos by way of a router; peers must be on this link."
        case .malformed, .truncated: "sends datagrams that are no hellos; is its version another?"
        case .replayed, .unknownPeer: "sends hellos that are refused (\(rawValue))."
        }
    }
}
