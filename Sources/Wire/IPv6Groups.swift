import Addressing

extension IPv6Address {
    /// All nodes of the link (RFC 4291 §2.7.1): ff02::1.
    package static let allNodes = IPv6Address(bits: 0xFF02 << 112 | 1)

    /// The group in which every host with this address is, and in which it is asked for (RFC 4291
    /// §2.7.1): ff02::1:ff and the address's last 24 bits.
    package var solicitedNodeGroup: IPv6Address {
        IPv6Address(bits: Self.solicitedNodePrefix << 24 | bits & 0xFF_FFFF)
    }

    package var isSolicitedNodeGroup: Bool { bits >> 24 == Self.solicitedNodePrefix }

    /// ff00::/8 (RFC 4291 §2.7).
    package var isMulticast: Bool { bits >> 120 == 0xFF }

    /// ff02:0:0:0:0:1:ff00::/104.
    private static let solicitedNodePrefix: UInt128 = 0xFF02 << 88 | 0x1FF
}

extension LinkAddress {
    /// Where frames to an IPv6 group go (RFC 2464 §7): 33:33 and the group's last 32 bits.
    package init(ofGroup group: IPv6Address) {
        self.init(bits: 0x3333 << 32 | UInt64(UInt32(truncatingIfNeeded: group.bits)))
    }
}
