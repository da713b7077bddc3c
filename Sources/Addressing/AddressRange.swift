/// A run of consecutive addresses of one family, both ends included; never empty.
package struct AddressRange: Hashable, Comparable, Sendable {
    package let first: IPAddress
    package let last: IPAddress

    /// Nil when the families differ or `last` lies before `first`.
    package init?(_ first: IPAddress, _ last: IPAddress) {
        guard first.family == last.family, first <= last else { return nil }
        self.first = first
        self.last = last
    }

    package init(_ address: IPAddress) {
        first = address
        last = address
    }

    package init(_ prefix: Prefix) {
        first = prefix.address
        last = prefix.lastAddress
    }

    /// A single address, a prefix, or `FIRST-LAST` (blanks around the hyphen allowed).
    package init(_ text: some StringProtocol) throws(AddressParseError) {
        if text.contains("/") {
            self.init(try Prefix(text))
            return
        }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2 else {
            self.init(try IPAddress(text))
            return
        }
        let first = try IPAddress(ends[0].trimmingBlanks())
        let last = try IPAddress(ends[1].trimmingBlanks())
        guard first.family == last.family else {
            throw AddressParseError(text, "mixes IPv4 and IPv6 in one range")
        }
        guard first <= last else {
            throw AddressParseError(text, "is reversed: \(last) lies before \(first)")
        }
        self = AddressRange(first: first, last: last)
    }

    private init(first: IPAddress, last: IPAddress) {
        self.first = first
        self.last = last
    }

    package var family: AddressFamily { first.family }

    /// How many addresses; 2^128 - 1 for all of IPv6, which has one more.
    package var count: UInt128 {
        let (count, overflowed) = (last.bits - first.bits).addingReportingOverflow(1)
        return overflowed ? .max : count
    }

    package func contains(_ address: IPAddress) -> Bool {
        address.family == family && first <= address && address <= last
    }

    package func overlaps(_ other: AddressRange) -> Bool {
        family == other.family && first <= other.last && other.first <= last
    }

    package static func < (left: AddressRange, right: AddressRange) -> Bool {
        (left.first, left.last) < (right.first, right.last)
    }
}

extension AddressRange: CustomStringConvertible {
    package var description: String { first == last ? "\(first)" : "\(first)-\(last)" }
}

extension StringProtocol {
    func trimmingBlanks() -> SubSequence {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        guard let start = firstIndex(where: { !isBlank($0) }),
            let end = lastIndex(where: { !isBlank($0) })
        else { return self[endIndex...] }
        return self[start...end]
    }
}
