import Addressing
import Wire

/// A frame to be sent out of a link, named by what it says.
struct OutgoingFrame: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        /// "The address is here", in every form that receivers honour.
        case announcement
        /// "Does anybody use the address?", before its first use.
        case probe
        /// "Who has the address?", to see whether anybody answers.
        case question
    }

    let kind: Kind
    let address: IPAddress
    let link: Int32
}

extension Link {
    /// The frames that say so on this link.
    func frames(_ outgoing: OutgoingFrame) -> [LinkFrame] {
        switch outgoing.address {
        case .ipv4(let address): frames(outgoing.kind, address).map(LinkFrame.arp)
        case .ipv6(let address): [.neighborDiscovery(frame(outgoing.kind, address))]
        }
    }

    private func frames(_ kind: OutgoingFrame.Kind, _ address: IPv4Address) -> [ARPFrame] {
        switch kind {
        case .announcement:
            return [
                .gratuitousRequest(for: address, from: self.address),
                .gratuitousReply(for: address, from: self.address),
            ]
        case .probe: return [.probe(for: address, from: self.address)]
        case .question:
            guard case .ipv4(let asker)? = asker(of: .ipv4(address)) else {
                return [.probe(for: address, from: self.address)]
            }
            return [.request(for: address, from: self.address, at: asker)]
        }
    }

    private func frame(_ kind: OutgoingFrame.Kind, _ address: IPv6Address) -> NDFrame {
        switch kind {
        case .announcement: return .unsolicited(for: address, from: self.address)
        case .probe: return .probe(for: address, from: self.address)
        case .question:
            guard case .ipv6(let asker)? = asker(of: .ipv6(address)) else {
                return .probe(for: address, from: self.address)
            }
            return .request(for: address, from: self.address, at: asker)
        }
    }

    /// The link's own address that is nearest to `address`: on its prefix, else the first of the
    /// family.
    private func asker(of address: IPAddress) -> IPAddress? {
        let own = interfaceAddresses.filter { $0.address.family == address.family }
        return (own.first { $0.prefix.contains(address) } ?? own.first)?.address
    }
}
