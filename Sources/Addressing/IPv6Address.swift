/// An IPv6 address without a zone; `bits` is in host order.
package struct IPv6Address: Hashable, Comparable, Sendable {
    package let bits: UInt128

    package init(bits: UInt128) {
        self.bits = bits
    }

    /// The text forms of RFC 4291 §2.2: full, compressed (one `::`), and with an IPv4 tail.
    package init(_ text: some StringProtocol) throws(AddressParseError) {
        func refused(_ why: String) -> AddressParseError {
            AddressParseError(text, "is not an IPv6 address: \(why)")
        }
        guard text.utf8.count <= Self.textBytesMax else { throw refused("too long") }
        let halves = Self.halves(of: Substring(text))
        guard let halves else { throw refused("more than one \"::\"") }
        guard let head = Self.groups(of: halves.head), let tail = Self.groups(of: halves.tail ?? "")
        else {
            throw refused("groups of one to four hexadecimal digits wanted")
        }
        let given = head.count + tail.count
        guard halves.tail == nil ? given == 8 : given <= 7 else {
            throw refused("eight groups wanted, \(given) found")
        }
        let zeros = [UInt16](repeating: 0, count: 8 - given)
        bits = (head + zeros + tail).reduce(UInt128(0)) { $0 << 16 | UInt128($1) }
    }

    /// The longest text form, RFC 4291 §2.2: six groups and an IPv4 tail.
    static let textBytesMax = 45

    package static let any = IPv6Address(bits: 0)

    package static func < (left: IPv6Address, right: IPv6Address) -> Bool {
        left.bits < right.bits
    }

    /// Splits at `::`; nil when there are two of them. Without one there is no tail.
    private static func halves(of text: Substring) -> (head: Substring, tail: Substring?)? {
        var gaps: [Substring.Index] = []
        var index = text.startIndex
        while index < text.endIndex {
            if text[index...].utf8.starts(with: "::".utf8) { gaps.append(index) }
            index = text.utf8.index(after: index)
        }
        guard let gap = gaps.first else { return (text, nil) }
        guard gaps.count == 1 else { return nil }
        return (text[..<gap], text[text.utf8.index(gap, offsetBy: 2)...])
    }

    private static func groups(of text: Substring) -> [UInt16]? {
        guard !text.isEmpty else { return [] }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var groups: [UInt16] = []
        for (position, part) in parts.enumerated() {
            if position == parts.count - 1, part.utf8.contains(UInt8(ascii: ".")) {
                guard let tail = try? IPv4Address(part) else { return nil }
                groups += [UInt16(tail.bits >> 16), UInt16(truncatingIfNeeded: tail.bits)]
                continue
            }
            let digits = part.utf8
            guard (1...4).contains(digits.count), digits.first != UInt8(ascii: "+"),
                digits.first != UInt8(ascii: "-"), let group = UInt16(part, radix: 16)
            else { return nil }
            groups.append(group)
        }
        return groups
    }
}

extension IPv6Address: CustomStringConvertible {
    /// The one canonical text of RFC 5952 §4; IPv4-mapped addresses keep their dotted tail (§5).
    package var description: String {
        if bits >> 32 == 0xFFFF {
            return "::ffff:\(IPv4Address(bits: UInt32(truncatingIfNeeded: bits)))"
        }
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: bits >> (112 - 16 * $0)) }
        func joined(_ part: ArraySlice<UInt16>) -> String {
            part.map { String($0, radix: 16) }.joined(separator: ":")
        }
        guard let gap = Self.longestZeroRun(in: groups) else { return joined(groups[...]) }
        return joined(groups[..<gap.lowerBound]) + "::" + joined(groups[gap.upperBound...])
    }

    /// The first of the longest runs of two or more zero groups (RFC 5952 §4.2.2, §4.2.3).
    private static func longestZeroRun(in groups: [UInt16]) -> Range<Int>? {
        var best: Range<Int>?
        var start = 0
        for index in 0...groups.count where index == groups.count || groups[index] != 0 {
            if index - start >= 2, index - start > (best?.count ?? 0) { best = start..<index }
            start = index + 1
        }
        return best
    }
}
