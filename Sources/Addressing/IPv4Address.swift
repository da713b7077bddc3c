/// An IPv4 address; `bits` is in host order, so that addresses compare and count as numbers.
package struct IPv4Address: Hashable, Comparable, Sendable {
    package let bits: UInt32

    package init(bits: UInt32) {
        self.bits = bits
    }

    package init(_ first: UInt8, _ second: UInt8, _ third: UInt8, _ fourth: UInt8) {
        bits = UInt32(first) << 24 | UInt32(second) << 16 | UInt32(third) << 8 | UInt32(fourth)
    }

    /// Four decimal numbers from 0 to 255 without leading zeros (RFC 6943 §3.1.1: one text, one
    /// address), and nothing else.
    package init(_ text: some StringProtocol) throws(AddressParseError) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else {
            throw AddressParseError(text, "is not an IPv4 address: four numbers wanted")
        }
        var bits: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.count), part.allSatisfy(isDecimalDigit),
                part.count == 1 || part.first != UInt8(ascii: "0")
            else {
                throw AddressParseError(text, "is not an IPv4 address: numbers 0 to 255 wanted")
            }
            let value = part.reduce(UInt32(0)) { $0 * 10 + UInt32($1 - UInt8(ascii: "0")) }
            guard value <= 255 else {
                throw AddressParseError(text, "is not an IPv4 address: \(value) is over 255")
            }
            bits = bits << 8 | value
        }
        self.bits = bits
    }

    /// The same in one go, for the texts that the API sends by thousands; nil when it is no address.
    init?(plain text: String) {
        var (bits, number, digits, dots) = (UInt32(0), UInt32(0), 0, 0)
        for byte in text.utf8 {
            if isDecimalDigit(byte) {
                guard digits == 0 || number != 0, digits < 3 else { return nil }
                number = number * 10 + UInt32(byte - UInt8(ascii: "0"))
                digits += 1
            } else {
                guard byte == UInt8(ascii: "."), digits > 0, number <= 255, dots < 3 else {
                    return nil
                }
                bits = bits << 8 | number
                (number, digits, dots) = (0, 0, dots + 1)
            }
        }
        guard dots == 3, digits > 0, number <= 255 else { return nil }
        self.bits = bits << 8 | number
    }

    package static let any = IPv4Address(bits: 0)

    package static func < (left: IPv4Address, right: IPv4Address) -> Bool {
        left.bits < right.bits
    }
}

extension IPv4Address: CustomStringConvertible {
    package var description: String {
        "\(bits >> 24).\(bits >> 16 & 0xFF).\(bits >> 8 & 0xFF).\(bits & 0xFF)"
    }
}

func isDecimalDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
}
