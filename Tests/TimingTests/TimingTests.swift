import Foundation
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

    /// Ours are for `Int64` and `Int`; any other number takes the standard library's.
    @Test(
        arguments: [0, 1, -1, 250, -250, 9_223, 9_224, -9_224, 86_400_000, .max, -.max] as [Int64])
    func durationsAreThoseOfTheStandardLibrary(_ count: Int64) {
        #expect(Duration.milliseconds(count) == Duration.milliseconds(Int128(count)))
        #expect(Duration.nanoseconds(count) == Duration.nanoseconds(Int128(count)))
        let duration = Duration.milliseconds(Int128(count))
        #expect(duration * 5 == duration * Int128(5))
        let (seconds, attoseconds) = duration.components
        let exact = Int128(seconds) * 1_000_000_000 + Int128(attoseconds / 1_000_000_000)
        #expect(duration.nanoseconds == Int64(clamping: exact))
        #expect(Duration.nanoseconds(count).nanoseconds == count)
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

    static let texts: [(String, Int?, String?)] = [
        ("2026-01-02T03:04:05Z", nil, "2026-01-02T03:04:05.000000Z"),
        ("2026-01-02T03:04:05.5+02:00", nil, "2026-01-02T01:04:05.500000Z"),
        ("2026-01-02T03:04:05.123456789Z", nil, "2026-01-02T03:04:05.123456Z"),
        ("1969-12-31T23:59:59.999999Z", nil, "1969-12-31T23:59:59.999999Z"),
        ("2000-02-29T00:00:00-00:30", nil, "2000-02-29T00:30:00.000000Z"),
        ("2026-01-02T03:04:05.123456Z", 6, "2026-01-02T03:04:05.123456Z"),
        ("2026-01-02T03:04:05.12345Z", 6, nil), ("2026-01-02T03:04:05Z", 6, nil),
        ("2026-01-02T03:04:05.1234567Z", 6, nil), ("2026-01-02", nil, nil), ("", nil, nil),
        ("2026-13-02T03:04:05Z", nil, nil), ("2026-01-02T24:04:05Z", nil, nil),
        ("2100-02-29T00:00:00Z", nil, nil), ("2026-04-31T00:00:00Z", nil, nil),
        ("2026-01-02T03:04:60Z", nil, nil), ("2026-01-02T03:04:05Zx", nil, nil),
        ("2026-01-02T03:04:05", nil, nil), ("2026-01-02T03:04:05.Z", nil, nil),
        ("2026-01-02T03:04:05+2:00", nil, nil), ("2026-01-02T03:04:05+-1:00", nil, nil),
        ("\u{FF12}026-01-02T03:04:05Z", nil, nil), ("2026-01-02T03:04:0\u{0665}Z", nil, nil),
    ]

    @Test(arguments: texts)
    func wallTimeIsReadFromRFC3339(text: String, digits: Int?, expected: String?) {
        let time = WallTime(text, fractionDigits: digits)
        #expect(time?.text(fractionDigits: 6) == expected)
    }

    /// Foundation's calendar is the second implementation.
    @Test func wallTimeAgreesWithFoundation() {
        for step in Int64(-50_000)..<50_000 {
            let seconds = step * 100_003
            let expected = Date(timeIntervalSince1970: Double(seconds)).ISO8601Format()
            let time = WallTime(secondsSince1970: seconds)
            guard time.text() == expected, WallTime(expected) == time,
                time.secondsSince1970 == seconds
            else {
                Issue.record("\(seconds): \(time.text()), Foundation says \(expected)")
                return
            }
        }
    }

    @Test func wallTimeOfAnySecondIsATime() {
        #expect(WallTime(secondsSince1970: .max).microseconds == .max)
        #expect(WallTime(secondsSince1970: .min).text().hasPrefix("-290308-"))
        #expect(WallTime(microseconds: -1).secondsSince1970 == -1)
    }
}
