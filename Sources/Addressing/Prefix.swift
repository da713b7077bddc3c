/// An address prefix, host bits cleared.
package struct Prefix: Hashable, Comparable, Sendable {
    /// The lowest address of the prefix.
    package let address: IPAddress
    /// 0 to 32 or 0 to 128 bits.
    package let length: Int

    /// Clears the host bits of `address`; traps when `length` is out of the family's range.
    package init(_ address: IPAddress, length: Int) {
        let width = address.family.bitWidth
        precondition((0...width).contains(length), "prefix length \(length) of \(address)")
        let hostBits = width - length
        let kept = hostBits == 128 ? 0 : (address.bits >> hostBits) << hostBits
        self.address = IPAddress(family: address.family, bits: kept)
        self.length = length
    }

    /// `ADDRESS/LENGTH`; host bits may be set and are cleared.
    package init(_ text: some StringProtocol) throws(AddressParseError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw AddressParseError(text, "is not a prefix: ADDRESS/LENGTH wanted")
        }
        let address = try IPAddress(parts[0])
        let width = address.family.bitWidth
        guard (1...3).contains(parts[1].utf8.count), parts[1].utf8.allSatisfy(isDecimalDigit),
            let length = Int(parts[1]), length <= width
        else {
            throw AddressParseError(text, "is not a prefix: a length of 0 to \(width) wanted")
        }
        self.init(address, length: length)
    }

    package var family: AddressFamily { address.family }

    /// The highest address of the prefix: IPv4's broadcast address.
    package var lastAddress: IPAddress {
        let hostBits = family.bitWidth - length
        let mask = hostBits == 128 ? UInt128.max : (UInt128(1) << hostBits) - 1
        return IPAddress(family: family, bits: address.bits | mask)
    }

    package func contains(_ other: IPAddress) -> Bool {
        other.family == family && address <= other && other <= lastAddress
    }

    package static func < (left: Prefix, right: Prefix) -> Bool {
        (left.address, left.length) < (right.address, right.length)
    }
}

extension Prefix: CustomStringConvertible {
    package var description: String { "\(address)/\(length)" }
}
