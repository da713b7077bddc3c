import Addressing
import Allocation
import Ownership
import Timing

/// What the segment loop has reported: links, addresses, members, what is wrong.
struct SegmentView: Sendable {
    /// An address as the segment has it, and since when by the wall clock.
    struct Reported: Sendable {
        var status: OwnedAddress
        var since: WallTime
    }

    /// A foreign host that uses an address of ours.
    struct Conflict: Hashable, Sendable {
        var foreign: LinkAddress
        var link: Int32
        /// When it was reported last.
        var reported: Instant
    }

    /// A conflict that was not reported for so long is over: longer than from one round of probes to
    /// the next, while an address is yielded.
    static let conflictShown = Duration.seconds(75)

    private(set) var links = LinkTable()
    private(set) var hasLinks = false
    private(set) var addresses: [IPAddress: Reported] = [:]
    private(set) var members: [String: OwnershipMember] = [:]
    private var conflicts: [IPAddress: Conflict] = [:]
    private(set) var deafLinks: Set<Int32> = []
    private(set) var isOwnNodeMissing = false
    private(set) var hasDuplicateName = false
    private(set) var isUnsteady = false
    /// Who answers on the wire is not who has the address.
    private(set) var alarms: [IPAddress: WireAlarm] = [:]
    /// Other nodes did not hear this one answer.
    private(set) var isUnheard = false

    mutating func linksChanged(_ links: LinkTable) {
        self.links = links
        hasLinks = true
    }

    /// The conflict that is going on about an address.
    func conflict(about address: IPAddress, at now: Instant) -> Conflict? {
        conflicts[address].flatMap { now - $0.reported < Self.conflictShown ? $0 : nil }
    }

    mutating func apply(_ report: OwnershipReport, at now: Instant, _ time: WallTime) {
        switch report {
        case .addressChanged(let status):
            addresses[status.address] = Reported(status: status, since: time)
        case .addressForgotten(let address):
            addresses[address] = nil
            conflicts[address] = nil
        case .memberChanged(let member):
            members[member.node] = member
        case .conflict(let address, let foreign, let link, _):
            conflicts[address] = Conflict(foreign: foreign, link: link, reported: now)
        case .deafChanged(let link, let isDeaf):
            if isDeaf { deafLinks.insert(link) } else { deafLinks.remove(link) }
        case .duplicateName(let isDuplicate):
            hasDuplicateName = isDuplicate
        case .unsteady(let isUnsteady):
            self.isUnsteady = isUnsteady
        case .wireAlarm(let address, let alarm):
            alarms[address] = alarm
        case .unheard(let isUnheard):
            self.isUnheard = isUnheard
        case .ownNodeMissing(let isMissing):
            isOwnNodeMissing = isMissing
        case .probeFinished, .keptForLackOfSuccessor, .everyNodeExcluded, .ranLate:
            break
        }
    }

    /// What the network itself uses: the node's own addresses on links that may announce, network
    /// and broadcast addresses of on-link prefixes, and the gateways of all routes.
    ///
    /// - Parameters:
    ///   - named: links that may announce because they are named, whatever their kind.
    ///   - ours: addresses that Herald itself put on a link.
    func forbiddenAddresses(
        onLinks named: Set<String>, except ours: Set<IPAddress>
    ) -> [ForbiddenAddress] {
        let announcing = links.links.filter { $0.mayAnnounce || named.contains($0.name) }
        let own = announcing.flatMap { link in
            link.interfaceAddresses.filter { !ours.contains($0.address) }.map {
                ForbiddenAddress($0.address, use: "this node's own address on \(link.name)")
            }
        }
        let edges = announcing.flatMap { link in
            link.interfaceAddresses.flatMap { Self.edges(of: $0.prefix, on: link.name) }
        }
        let gateways = links.routes.compactMap { route in
            route.gateway.map { gateway in
                let isDefault = route.destination.length == 0
                return ForbiddenAddress(
                    gateway,
                    use: isDefault
                        ? "the default gateway" : "the gateway towards \(route.destination)")
            }
        }
        return Set(own + edges + gateways).sorted()
    }

    /// IPv4's network and broadcast address, IPv6's subnet-router anycast address (RFC 4291 §2.6.1); a
    /// prefix of two addresses (RFC 3021, RFC 6164) or one has none.
    private static func edges(of prefix: Prefix, on link: String) -> [ForbiddenAddress] {
        guard prefix.length < prefix.family.bitWidth - 1 else { return [] }
        guard prefix.family == .ipv4 else {
            let use = "the subnet-router anycast address of \(prefix) on \(link)"
            return [ForbiddenAddress(prefix.address, use: use)]
        }
        return [
            ForbiddenAddress(prefix.address, use: "the network address of \(prefix) on \(link)"),
            ForbiddenAddress(
                prefix.lastAddress, use: "the broadcast address of \(prefix) on \(link)"),
        ]
    }
}
