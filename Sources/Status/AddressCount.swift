/// A number of addresses that every JSON reader keeps exactly.
///
/// Guarantee: 0 to 2^53 - 1. A larger number (a /64 has 2^64) stops there, as a JSON number is a
/// double to many readers (RFC 8259 §6).
package struct AddressCount: Hashable, Comparable, Sendable {
    package let value: Int64

    /// 2^53 - 1.
    package static let limit: Int64 = 9_007_199_254_740_991

    package init(clamping value: some BinaryInteger) {
        self.value = min(max(Int64(clamping: value), 0), Self.limit)
    }

    /// True if the number may have been larger than it says.
    package var isAtLimit: Bool { value == Self.limit }

    package static func < (left: AddressCount, right: AddressCount) -> Bool {
        left.value < right.value
    }
}

extension AddressCount: ExpressibleByIntegerLiteral {
    package init(integerLiteral value: Int64) {
        self.init(clamping: value)
    }
}

extension AddressCount: Decodable {
    package init(from decoder: any Decoder) throws {
        self.init(clamping: try decoder.singleValueContainer().decode(Int64.self))
    }
}
