import Addressing
import Ownership

// A kernel that answers beside Herald (BEHAVIOUR W6).
extension Reconciler {
    /// The links whose settings matter for `kernelARPProblems`.
    var linksOfARP: [String] {
        segment.links.links.filter { $0.mayAnnounce || configuration.interfaces.contains($0.name) }
            .map(\.name)
    }

    /// kube-proxy in IPVS mode, or somebody by hand, put addresses onto a link of this node so that
    /// its kernel accepts their traffic. Unless it is told not to, the kernel answers ARP for them on
    /// every link then, on each node, whoever has them.
    func kernelARPProblems(_ facts: SegmentFacts) -> [String] {
        let holders = localHolders
        guard !holders.isEmpty else { return [] }
        var answered: [String: [IPAddress]] = [:]
        for address in addressBook.facts.keys.sorted() {
            guard let holder = holders[address] else { continue }
            for link in announcingLinks(address)
            where link.name != holder && facts.arpIgnore[link.name] == 0 {
                answered[link.name, default: []].append(address)
            }
        }
        return answered.sorted { $0.key < $1.key }.map { link, addresses in
            let holder = holders[addresses[0]] ?? "a link"
            let more = addresses.count > 1 ? " and \(addresses.count - 1) more" : ""
            return
                "This node's kernel has \(addresses[0])\(more) on \(holder) and answers ARP for it on "
                + "\(link), whoever has it: set net.ipv4.conf.all.arp_ignore=1 and "
                + "net.ipv4.conf.all.arp_announce=2."
        }
    }

    /// By address of IPv4: the link that has it. A link never answers for what another announces by
    /// Neighbor Discovery.
    private var localHolders: [IPAddress: String] {
        var holders: [IPAddress: String] = [:]
        for link in segment.links.links {
            for own in link.interfaceAddresses where own.address.family == .ipv4 {
                holders[own.address] = link.name
            }
        }
        return holders
    }
}
