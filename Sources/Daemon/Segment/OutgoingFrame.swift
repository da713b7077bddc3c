import Addressing
import Wire

/// A frame to be sent out of a link, named by what it says.
struct OutgoingFrame: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        /// "The address is here", in both forms that receivers honour.
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
    /// The frames that say so on this link; none for IPv6, which ARP does not speak.
    func frames(_ outgoing: OutgoingFrame) -> [ARPFrame] {
        guard case .ipv4(let address) = outgoing.address else { return [] }
        switch outgoing.kind {
        case .announcement:
            return [
                .gratuitousRequest(for: address, from: self.address),
                .gratuitousReply(for: address, from: self.address),
            ]
        case .probe: return [.probe(for: address, from: self.address)]
        case .question:
            guard let asker = asker(of: address) else {
                return [.probe(for: address, from: self.address)]
            }
            return [.request(for: address, from: self.address, at: asker)]
        }
    }

    /// The link's own address that is nearest to `address`: on its prefix, else the first.
    private func asker(of address: IPv4Address) -> IPv4Address? {
        func own(_ candidates: [InterfaceAddress]) -> IPv4Address? {
            for case .ipv4(let address) in candidates.map(\.address) { return address }
            return nil
        }
        return own(interfaceAddresses.filter { $0.prefix.contains(.ipv4(address)) })
            ?? own(interfaceAddresses)
    }
}
