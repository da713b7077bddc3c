/// An address of either family. IPv4 sorts before IPv6.
package enum IPAddress: Hashable, Comparable, Sendable {
    case ipv4(IPv4Address)
    case ipv6(IPv6Address)

    package init(_ text: some StringProtocol) throws(AddressParseError) {
        self =
            text.utf8.contains(UInt8(ascii: ":"))
            ? .ipv6(try IPv6Address(text)) : .ipv4(try IPv4Address(text))
    }

    package init(_ text: String) throws(AddressParseError) {
        if let address = IPv4Address(plain: text) {
            self = .ipv4(address)
        } else {
            try self.init(text[...])
        }
    }

    /// The address whose number is `bits`; traps when it is wider than the family.
    package init(family: AddressFamily, bits: UInt128) {
        switch family {
        case .ipv4: self = .ipv4(IPv4Address(bits: UInt32(bits)))
        case .ipv6: self = .ipv6(IPv6Address(bits: bits))
        }
    }

    package var family: AddressFamily {
        switch self {
        case .ipv4: .ipv4
        case .ipv6: .ipv6
        }
    }

    /// The address as a number, in host order.
    package var bits: UInt128 {
        switch self {
        case .ipv4(let address): UInt128(address.bits)
        case .ipv6(let address): address.bits
        }
    }

    /// fe80::/10 (RFC 4291 §2.5.6) or 169.254.0.0/16 (RFC 3927).
    package var isLinkLocal: Bool {
        switch self {
        case .ipv4(let address): address.bits >> 16 == 0xA9FE
        case .ipv6(let address): address.bits >> 118 == 0x3FA
        }
    }

    package static func < (left: IPAddress, right: IPAddress) -> Bool {
        left.family == right.family ? left.bits < right.bits : left.family < right.family
    }
}

extension IPAddress: CustomStringConvertible {
    package var description: String {
        switch self {
        case .ipv4(let address): address.description
        case .ipv6(let address): address.description
        }
    }
}
