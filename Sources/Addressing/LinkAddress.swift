/// A 48-bit link-layer address (IEEE 802 MAC address).
package struct LinkAddress: Hashable, Comparable, Sendable {
    /// The six bytes, first on the wire is most significant; the upper 16 bits are 0.
    package let bits: UInt64

    /// Bits above the lower 48 are dropped.
    package init(bits: UInt64) {
        self.bits = bits & 0xFFFF_FFFF_FFFF
    }

    /// Six pairs of hexadecimal digits joined by colons.
    package init(_ text: some StringProtocol) throws(AddressParseError) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var bits: UInt64 = 0
        for part in parts {
            guard part.utf8.count == 2, part.utf8.first != UInt8(ascii: "+"),
                part.utf8.first != UInt8(ascii: "-"), let byte = UInt8(part, radix: 16)
            else {
                throw AddressParseError(text, "is not a link-layer address: six pairs wanted")
            }
            bits = bits << 8 | UInt64(byte)
        }
        guard parts.count == 6 else {
            throw AddressParseError(text, "is not a link-layer address: six pairs wanted")
        }
        self.bits = bits
    }

    package static let broadcast = LinkAddress(bits: 0xFFFF_FFFF_FFFF)
    package static let zero = LinkAddress(bits: 0)

    /// True for group addresses, broadcast included (the I/G bit, IEEE 802 §8.2).
    package var isMulticast: Bool { bits >> 40 & 1 == 1 }

    package static func < (left: LinkAddress, right: LinkAddress) -> Bool {
        left.bits < right.bits
    }
}

extension LinkAddress: CustomStringConvertible {
    package var description: String {
        (0..<6).map { index in
            let byte = UInt8(truncatingIfNeeded: bits >> (40 - 8 * index))
            return (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined(separator: ":")
    }
}
