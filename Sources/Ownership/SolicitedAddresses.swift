import Addressing

/// An IPv6 address that solicitations on a link may ask for.
package struct SolicitedAddress: Hashable, Sendable {
    package let address: IPv6Address
    package let link: Int32

    package init(_ address: IPv6Address, on link: Int32) {
        self.address = address
        self.link = link
    }
}

extension Ownership {
    /// Every IPv6 address that the view announces, on each of its links, whoever answers for it, and
    /// each that is being probed (RFC 4862 §5.4.2: to hear of another who wants it).
    ///
    /// Changes with the view, the links and the probes only.
    package var solicitedAddresses: [SolicitedAddress] {
        var addresses: [SolicitedAddress] = []
        for slot in slots.ordered {
            guard case .ipv6(let address) = slots[slot].address,
                slots[slot].facts?.isAnnounced ?? false
            else { continue }
            for link in slots[slot].links { addresses.append(.init(address, on: link)) }
        }
        for case (.ipv6(let address), let links) in probes.probed {
            for link in links { addresses.append(.init(address, on: link)) }
        }
        return addresses
    }
}
