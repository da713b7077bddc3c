import Addressing
import Logging
import Ownership

extension WireAlarm {
    /// One sentence for people.
    ///
    /// - Parameter owner: the node that owns the address, as hellos say.
    func sentence(_ address: IPAddress, owner: String?) -> String {
        let owner = owner ?? "its owner"
        switch self {
        case .nobodyAnswered:
            return "Nobody answers for \(address) on the wire, though \(owner) has it."
        case .severalAnswered(let nodes, let foreign):
            let list = Self.list(nodes + foreign)
            let beginning = "Several hosts answer for \(address), which \(owner) has: \(list)"
            guard !foreign.isEmpty else { return beginning + "." }
            let predicate = foreign.count == 1 ? "is no node" : "are no nodes"
            return "\(beginning); \(Self.list(foreign)) \(predicate)."
        case .foreignAnswered(let host):
            return "\(host), which is no node, answers for \(address) instead of \(owner)."
        case .wrongNodeAnswered(let node):
            return "\(node) answers for \(address), which \(owner) has."
        case .unheard(let nodes):
            let list = nodes.joined(separator: ", ")
            return "\(list) ask for \(address) and hear no answer from this node: "
                + "does its firewall drop ARP or Neighbor Discovery?"
        }
    }

    private static func list(_ hosts: [LinkAddress]) -> String {
        hosts.map(\.description).joined(separator: ", ")
    }

    /// The hosts that are no nodes and have the address, instead of its owner or beside it.
    var intruders: [LinkAddress] {
        switch self {
        case .severalAnswered(_, let foreign): foreign
        case .foreignAnswered(let host): [host]
        case .nobodyAnswered, .wrongNodeAnswered, .unheard: []
        }
    }

    var metadata: Logger.Metadata {
        switch self {
        case .nobodyAnswered: ["alarm": "\(name)"]
        case .severalAnswered(let nodes, let foreign):
            [
                "alarm": "\(name)", "macs": .array((nodes + foreign).map { "\($0)" }),
                "foreign": .array(foreign.map { "\($0)" }),
            ]
        case .foreignAnswered(let host): ["alarm": "\(name)", "mac": "\(host)"]
        case .wrongNodeAnswered(let node): ["alarm": "\(name)", "answered": "\(node)"]
        case .unheard(let nodes): ["alarm": "\(name)", "by": .array(nodes.map { "\($0)" })]
        }
    }
}
