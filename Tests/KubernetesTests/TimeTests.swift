import Foundation
import JSON
import Testing

@testable import Kubernetes

@Suite struct TimeTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00.000000Z", 0),
        ("1969-12-31T23:59:59.999999Z", -1),
        ("2000-02-29T12:00:00.000000Z", 951_825_600_000_000),
        ("2026-01-02T03:04:05.000006Z", 1_767_323_045_000_006),
        ("0001-01-01T00:00:00.000000Z", -62_135_596_800_000_000),
        ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
    ])
    func microTimeIsWrittenWithSixDigitsAndReadBack(text: String, microseconds: Int64) throws {
        let time = MicroTime(microsecondsSince1970: microseconds)
        #expect(time.description == text)
        #expect(MicroTime(text) == time)
    }

    @Test(arguments: [
        ("no fraction", "2026-01-02T03:04:05Z", 5_000_000),
        ("one digit", "2026-01-02T03:04:05.5Z", 5_500_000),
        ("nine digits are cut", "2026-01-02T03:04:05.123456789Z", 5_123_456),
        ("east of UTC", "2026-01-02T05:34:05+02:30", 5_000_000),
        ("west of UTC, the day before", "2026-01-01T23:04:05-04:00", 5_000_000),
    ])
    func otherSpellingsAreTheSameMoment(name: String, text: String, micros: Int64) throws {
        let minute = try #require(MicroTime("2026-01-02T03:04:00Z"))
        let expected = MicroTime(microsecondsSince1970: minute.microsecondsSince1970 + micros)
        #expect(MicroTime(text) == expected, "\(name)")
    }

    @Test(arguments: [
        "", "2026-01-02", "2026-01-02T03:04:05", "2026-01-02 03:04:05Z", "2026-13-02T03:04:05Z",
        "2026-00-02T03:04:05Z", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
        "2026-04-31T00:00:00Z", "2026-01-02T24:00:00Z", "2026-01-02T03:60:05Z",
        "2026-01-02T03:04:60Z", "2026-01-02T03:04:05.Z", "2026-01-02T03:04:05+2:00",
        "2026-01-02T03:04:05Zx", "26-01-02T03:04:05Z", "+026-01-02T03:04:05Z",
    ])
    func whatIsNoTimeIsRefused(text: String) {
        #expect(Time(text) == nil)
        #expect(MicroTime(text) == nil)
    }

    /// Foundation's calendar is the second implementation; every 37 hours of some 500 years.
    @Test func agreesWithFoundationsCalendar() throws {
        for step in -60_000..<60_000 {
            let seconds = Int64(step) * 37 * 3_600 + Int64(step)
            let date = Date(timeIntervalSince1970: Double(seconds))
            let text = date.ISO8601Format()
            guard Time(secondsSince1970: seconds).description == text,
                Time(text)?.secondsSince1970 == seconds
            else {
                Issue.record("\(seconds): \(Time(secondsSince1970: seconds)) is not \(text)")
                return
            }
        }
    }

    @Test func timesOrderAsMoments() throws {
        let early = try #require(Time("2026-01-02T03:04:05Z"))
        let late = try #require(Time("2026-01-02T03:04:06Z"))
        #expect(early < late)
        #expect(MicroTime(microsecondsSince1970: 1) < MicroTime(microsecondsSince1970: 2))
    }

    @Test func jsonHoldsTheText() throws {
        let spec = LeaseSpec(
            holderIdentity: "n1", leaseDurationSeconds: 6, acquireTime: nil,
            renewTime: MicroTime(microsecondsSince1970: 1_500_000), leaseTransitions: 0)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let text = String(decoding: try encoder.encode(spec), as: UTF8.self)
        #expect(
            text == """
                {"holderIdentity":"n1","leaseDurationSeconds":6,"leaseTransitions":0,\
                "renewTime":"1970-01-01T00:00:01.500000Z"}
                """)
        #expect(try JSONValue(parsing: text.utf8).decoded(as: LeaseSpec.self) == spec)
        #expect(throws: DecodingError.self) {
            try JSONValue(parsing: #"{"renewTime":"soon"}"#.utf8).decoded(as: LeaseSpec.self)
        }
    }
}
