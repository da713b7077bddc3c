import Addressing

extension NDFrame {
    /// "`address` is at `owner`", to all nodes, without being asked (RFC 4861 §7.2.6): caches that
    /// hold another link-layer address replace it.
    package static func unsolicited(for address: IPv6Address, from owner: LinkAddress) -> NDFrame {
        advertisement(of: address, from: owner, flags: .override, to: .allNodes)
    }

    /// "Who uses `address`?", asked by a host that does not claim it (RFC 4862 §5.4.2).
    package static func probe(for address: IPv6Address, from prober: LinkAddress) -> NDFrame {
        solicitation(of: address, from: prober, at: .any, option: nil)
    }

    /// "Who has `address`?", asked by a host that has one: provokes an answer (RFC 4861 §7.2.2).
    package static func request(
        for address: IPv6Address, from asker: LinkAddress, at askersAddress: IPv6Address
    ) -> NDFrame {
        solicitation(of: address, from: asker, at: askersAddress, option: asker)
    }

    /// The answer to this solicitation: the address that it asks for is at `owner` (RFC 4861
    /// §7.2.4). To the asker, or to all nodes when it is a probe.
    ///
    /// Always overrides what a cache holds, never says that this is a router, and always names the
    /// link-layer address.
    package func advertisement(from owner: LinkAddress) -> NDFrame {
        guard sender != .any else {
            return Self.advertisement(
                of: message.target, from: owner, flags: .override, to: .allNodes)
        }
        var answer = Self.advertisement(
            of: message.target, from: owner, flags: .answering, to: sender)
        let named = message.linkAddress.flatMap { $0.isMulticast || $0 == .zero ? nil : $0 }
        answer.destination = named ?? source
        return answer
    }

    /// A solicitation from a host that has no address yet: is somebody using the target's? (RFC 4862
    /// §5.4.3)
    package var isProbe: Bool {
        guard case .solicitation = message else { return false }
        return sender == .any
    }

    private static func solicitation(
        of target: IPv6Address, from asker: LinkAddress, at sender: IPv6Address,
        option: LinkAddress?
    ) -> NDFrame {
        let group = target.solicitedNodeGroup
        return NDFrame(
            destination: LinkAddress(ofGroup: group), source: asker, sender: sender,
            receiver: group,
            message: .solicitation(
                NeighborSolicitation(target: target, sourceLinkAddress: option)))
    }

    private static func advertisement(
        of target: IPv6Address, from owner: LinkAddress, flags: NeighborAdvertisement.Flags,
        to receiver: IPv6Address
    ) -> NDFrame {
        NDFrame(
            destination: LinkAddress(ofGroup: receiver), source: owner, sender: target,
            receiver: receiver,
            message: .advertisement(
                NeighborAdvertisement(target: target, flags: flags, targetLinkAddress: owner)))
    }
}
