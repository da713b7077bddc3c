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
        case .severalAnswered(let hosts):
            let list = hosts.map(\.description).joined(separator: ", ")
            return "Several hosts answer for \(address), which \(owner) has: \(list)."
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

    /// The host that is no node and has the address instead of its owner.
    var intruder: LinkAddress? {
        guard case .foreignAnswered(let host) = self else { return nil }
        return host
    }

    var metadata: Logger.Metadata {
        switch self {
        case .nobodyAnswered: ["alarm": "\(name)"]
        case .severalAnswered(let hosts):
            ["alarm": "\(name)", "macs": .array(hosts.map { "\($0)" })]
        case .foreignAnswered(let host): ["alarm": "\(name)", "mac": "\(host)"]
        case .wrongNodeAnswered(let node): ["alarm": "\(name)", "answered": "\(node)"]
        case .unheard(let nodes): ["alarm": "\(name)", "by": .array(nodes.map { "\($0)" })]
        }
    }
}
