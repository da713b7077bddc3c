import Foundation
import Status
import Testing

@Suite struct TimestampTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z"),
        (-1, "1969-12-31T23:59:59Z"),
        (1_767_323_045, "2026-01-02T03:04:05Z"),
        (951_782_400, "2000-02-29T00:00:00Z"),
        (4_107_542_399, "2100-02-28T23:59:59Z"),
        (4_107_542_400, "2100-03-01T00:00:00Z"),
        (Timestamp.earliest, "0000-01-01T00:00:00Z"),
        (Timestamp.latest, "9999-12-31T23:59:59Z"),
    ])
    func secondsAndText(seconds: Int64, text: String) {
        #expect(Timestamp(secondsSince1970: seconds).description == text)
        #expect(Timestamp(text)?.secondsSince1970 == seconds)
    }

    @Test func secondsOutsideOfFourDigitYearsStopAtTheEnds() {
        #expect(Timestamp(secondsSince1970: .min).secondsSince1970 == Timestamp.earliest)
        #expect(Timestamp(secondsSince1970: .max).description == "9999-12-31T23:59:59Z")
    }

    @Test(arguments: [
        "", "2026-01-02", "2026-01-02T03:04:05", "2026-01-02T03:04:05+00:00",
        "2026-01-02 03:04:05Z", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z", "2026-01-02T24:00:00Z", "2026-01-02T03:60:05Z",
        "2026-01-02T03:04:60Z", "20260102T030405Z0000", "+026-01-02T03:04:05Z",
        "2100-02-29T00:00:00Z", "2026-01-02T03:04:0٥Z",
    ])
    func otherTextIsRefused(text: String) {
        #expect(Timestamp(text) == nil)
    }

    /// Against Foundation's calendar, from 1700 (when its Gregorian reckoning is everybody's) on.
    @Test func agreesWithFoundation() {
        let formatter = ISO8601DateFormatter()
        var random = Seeded(state: 11)
        for _ in 0..<20_000 {
            let seconds = Int64.random(in: -8_520_336_000...Timestamp.latest, using: &random)
            let expected = formatter.string(from: Date(timeIntervalSince1970: Double(seconds)))
            let text = Timestamp(secondsSince1970: seconds).description
            guard text == expected, Timestamp(text)?.secondsSince1970 == seconds else {
                Issue.record("\(seconds): \(text), Foundation says \(expected)")
                return
            }
        }
    }
}
