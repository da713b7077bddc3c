import Addressing

/// Numbers the addresses of one pool and family in listed order, without gaps: 0 is handed out
/// first. With `avoidsBuggyAddresses` IPv4 addresses whose last byte is 0 or 255 have no number.
///
/// Thus "the first free address" is the lowest number of a set, however the ranges are listed.
struct AddressNumbering: Sendable {
    let family: AddressFamily
    private let avoidsBuggyAddresses: Bool
    /// In listed order, which is ascending by number.
    private let spans: [Span]
    /// The same by address.
    private let spansByAddress: [Span]

    private struct Span: Sendable {
        let range: AddressRange
        let numbers: ClosedRange<UInt128>
    }

    /// Takes those of `ranges` that are of `family`; they must not overlap.
    init(_ ranges: [AddressRange], family: AddressFamily, avoidsBuggyAddresses: Bool) {
        self.family = family
        let avoidsBuggyAddresses = avoidsBuggyAddresses && family == .ipv4
        self.avoidsBuggyAddresses = avoidsBuggyAddresses
        var spans: [Span] = []
        var next: UInt128 = 0
        for range in ranges where range.family == family {
            guard let usable = Self.ordinals(of: range, avoiding: avoidsBuggyAddresses) else {
                continue
            }
            let end = next &+ (usable.upperBound - usable.lowerBound)
            spans.append(Span(range: range, numbers: next...end))
            next = end &+ 1
        }
        self.spans = spans
        spansByAddress = spans.sorted { $0.range < $1.range }
    }

    /// Every number there is; nil when the pool has no address of the family.
    var all: ClosedRange<UInt128>? {
        spans.last.map { 0...$0.numbers.upperBound }
    }

    /// Nil when the address is not in the pool or is avoided.
    func number(of address: IPAddress) -> UInt128? {
        numbers(of: AddressRange(address)).first?.lowerBound
    }

    /// The numbers of the addresses that `range` has in common with the pool.
    func numbers(of range: AddressRange) -> [ClosedRange<UInt128>] {
        guard range.family == family else { return [] }
        let start = spansByAddress.partitionIndex { $0.range.last >= range.first }
        var found: [ClosedRange<UInt128>] = []
        for span in spansByAddress[start...] {
            guard span.range.first <= range.last else { break }
            guard
                let common = AddressRange(
                    max(span.range.first, range.first), min(span.range.last, range.last)),
                let part = Self.ordinals(of: common, avoiding: avoidsBuggyAddresses),
                let whole = Self.ordinals(of: span.range, avoiding: avoidsBuggyAddresses)
            else { continue }
            let base = span.numbers.lowerBound
            let low = base + (part.lowerBound - whole.lowerBound)
            found.append(low...(base + (part.upperBound - whole.lowerBound)))
        }
        return found
    }

    /// The address with that number, which must be one that the pool has.
    func address(_ number: UInt128) -> IPAddress {
        let index = spans.partitionIndex { $0.numbers.upperBound >= number }
        precondition(index < spans.count, "number \(number) of \(String(describing: all))")
        let span = spans[index]
        let offset = number - span.numbers.lowerBound
        guard avoidsBuggyAddresses else {
            return IPAddress(family: family, bits: span.range.first.bits + offset)
        }
        let ordinal = Self.usableBefore(span.range.first.bits) + offset
        return IPAddress(family: family, bits: ordinal / 254 * 256 + ordinal % 254 + 1)
    }

    /// A position among all addresses of the family, or among those that are not avoided.
    private static func ordinals(
        of range: AddressRange, avoiding: Bool
    ) -> ClosedRange<UInt128>? {
        guard avoiding else { return range.first.bits...range.last.bits }
        let low = usableBefore(range.first.bits)
        let end = range.last.bits / 256 * 254 + min(range.last.bits % 256, 254)
        return end > low ? low...(end - 1) : nil
    }

    /// How many addresses below `bits` do not end in 0 or 255: 254 in each block of 256.
    private static func usableBefore(_ bits: UInt128) -> UInt128 {
        let inBlock = bits % 256
        return bits / 256 * 254 + min(inBlock == 0 ? 0 : inBlock - 1, 254)
    }
}
