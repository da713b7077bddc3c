import Addressing

/// Names and numbers of everything in the world: one formula each, so that a story can be read
/// back.
package enum Names {
    /// Nodes are called n1, n2 and so on; indices begin at 0.
    package static func node(_ index: Int) -> String { "n\(index + 1)" }

    package static func link(_ index: Int) -> String { "lan\(index)" }

    /// The kernel's interface index of a link, the same on every node.
    package static func linkIndex(_ link: Int) -> Int32 { Int32(link + 2) }
    package static func link(ofIndex index: Int32) -> Int { Int(index) - 2 }

    /// The allocated address of a number: from RFC 2544's range, or every second one from RFC
    /// 3849's.
    package static func address(_ index: Int, bothFamilies: Bool) -> IPAddress {
        bothFamilies && index % 2 == 1
            ? .ipv6(IPv6Address(bits: documentation | UInt128(index + 1)))
            : .ipv4(IPv4Address(bits: benchmarking + UInt32(index + 1)))
    }

    /// The number of an allocated address; nil for any other.
    package static func index(of address: IPAddress) -> Int? {
        switch address {
        case .ipv4(let address) where address.bits >> 17 == benchmarking >> 17:
            Int(address.bits - benchmarking) - 1
        case .ipv6(let address) where address.bits >> 64 == documentation >> 64:
            Int(address.bits - documentation) - 1
        case .ipv4, .ipv6:
            nil
        }
    }

    /// The address of a station's interface: 10.link.station+1, the kernel answers for it.
    package static func interfaceAddress(station: Int, link: Int) -> IPAddress {
        .ipv4(IPv4Address(bits: 10 << 24 | UInt32(link) << 16 | UInt32(station + 1)))
    }

    /// The station of an interface address on a link; nil for any other address.
    package static func station(of address: IPAddress, link: Int) -> Int? {
        guard case .ipv4(let address) = address,
            address.bits >> 16 == 10 << 8 | UInt32(link)
        else { return nil }
        return Int(address.bits & 0xFFFF) - 1
    }

    package static func linkAddress(station: Int, link: Int) -> LinkAddress {
        LinkAddress(bits: 0x02 << 40 | UInt64(link) << 16 | UInt64(station + 1))
    }

    /// The station that has a MAC; nil for any other.
    package static func station(of linkAddress: LinkAddress) -> Int? {
        linkAddress.bits >> 40 == 0x02 ? Int(linkAddress.bits & 0xFFFF) - 1 : nil
    }

    /// Where allocated addresses are from, on the first link unless their pool names another.
    package static let allocatedPrefixes = [
        Prefix(.ipv4(IPv4Address(bits: benchmarking)), length: 15),
        Prefix(.ipv6(IPv6Address(bits: documentation)), length: 64),
    ]

    private static let benchmarking: UInt32 = 198 << 24 | 18 << 16
    private static let documentation: UInt128 = 0x2001_0DB8 << 96
}
