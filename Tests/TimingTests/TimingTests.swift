import Testing

@testable import Timing

@Suite struct TimingTests {
    @Test func instantsSaturateInsteadOfTrapping() {
        let late = Instant(nanoseconds: .max)
        #expect(late + .seconds(1) == late)
        #expect(Instant(nanoseconds: .min) - .seconds(1) == Instant(nanoseconds: .min))
        #expect(Instant.zero + .seconds(Int64.max) == late)
    }

    /// A deadline of "for ever ago" is due at once, not in 250 years.
    @Test func differencesSaturateInsteadOfWrapping() {
        let (first, last) = (Instant(nanoseconds: .min), Instant(nanoseconds: .max))
        let now = Instant(nanoseconds: 1_000)
        #expect(first - now == .nanoseconds(Int64.min))
        #expect(last - first == .nanoseconds(Int64.max))
        #expect(Instant(nanoseconds: -2) - last == .nanoseconds(Int64.min))
    }

    @Test func durationIsTheDifferenceOfInstants() {
        let start = Instant(nanoseconds: 5)
        #expect(start + .milliseconds(250) - start == .milliseconds(250))
        #expect((start + .milliseconds(250) - start).milliseconds == 250)
        #expect(start - .nanoseconds(7) == Instant(nanoseconds: -2))
    }

    @Test(arguments: [
        (Int64(0), 0, "1970-01-01T00:00:00Z"),
        (1_767_323_045_000_000, 0, "2026-01-02T03:04:05Z"),
        (1_767_323_045_678_901, 6, "2026-01-02T03:04:05.678901Z"),
        (1_767_323_045_000_901, 3, "2026-01-02T03:04:05.000Z"),
        (951_782_400_000_000, 0, "2000-02-29T00:00:00Z"),
        (4_107_542_399_000_000, 0, "2100-02-28T23:59:59Z"),
        (4_107_542_400_000_000, 0, "2100-03-01T00:00:00Z"),
        (-1, 6, "1969-12-31T23:59:59.999999Z"),
    ])
    func wallTimeIsWrittenAsRFC3339(microseconds: Int64, digits: Int, text: String) {
        #expect(WallTime(microseconds: microseconds).text(fractionDigits: digits) == text)
    }
}
