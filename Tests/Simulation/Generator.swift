import Timing

/// A seeded source of numbers (SplitMix64): one seed gives one sequence, in every process.
///
/// The standard library's generators promise no sequence, and its `random(in:)` may change its
/// arithmetic between releases, so the few draws that the world needs are written out here.
package struct Generator: Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mix(state)
    }

    /// A number from 0 up to, not including, `bound`; traps unless `bound` is positive.
    package mutating func below(_ bound: Int) -> Int {
        precondition(bound > 0, "a draw below \(bound) has no outcome")
        return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// A number in the range, both ends included.
    package mutating func within(_ range: ClosedRange<Int64>) -> Int64 {
        range.lowerBound + Int64(below(Int(range.upperBound - range.lowerBound) + 1))
    }

    /// A duration in the range, both ends included, to the nanosecond.
    package mutating func within(_ range: ClosedRange<Duration>) -> Duration {
        .nanoseconds(within(range.lowerBound.nanoseconds...range.upperBound.nanoseconds))
    }

    /// True with the given probability, in parts of a million.
    package mutating func chance(perMillion: Int) -> Bool {
        perMillion > 0 && below(1_000_000) < perMillion
    }

    /// One element, each as likely as the others; traps when there is none.
    package mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[below(elements.count)]
    }

    /// `count` different elements in a random order, fewer when there are fewer.
    package mutating func sample<Element>(_ elements: [Element], count: Int) -> [Element] {
        var rest = elements
        return (0..<min(count, elements.count)).map { _ in rest.remove(at: below(rest.count)) }
    }

    /// A generator for one purpose, so that more draws for it leave the others' draws alone.
    package func stream(_ purpose: UInt64) -> Generator {
        Generator(seed: Self.mix(state ^ Self.mix(purpose)))
    }

    private static func mix(_ input: UInt64) -> UInt64 {
        var value = input
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
