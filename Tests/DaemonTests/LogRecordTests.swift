import Glibc
import Logging
import Testing
import Timing

@testable import Daemon

@Suite struct LogRecordTests {
    static let time = WallTime(microseconds: 1_767_323_045_678_901)

    static func record(_ message: String, _ values: [(key: String, value: String)] = [])
        -> LogRecord
    {
        LogRecord(level: .warning, label: "segment", message: message, values: values)
    }

    @Test func journalLineCarriesThePriorityAndNoTime() {
        let record = Self.record("address claimed", [("address", "192.0.2.16"), ("epoch", "3")])
        #expect(record.journalLine == "<4>segment: address claimed address=192.0.2.16 epoch=3")
    }

    @Test func textLineCarriesTheTime() {
        let line = Self.record("address claimed").textLine(at: Self.time)
        #expect(line == "2026-01-02T03:04:05.678Z warning segment: address claimed")
    }

    @Test func valuesThatWouldBreakTheLineAreQuoted() {
        let record = Self.record("two\nlines", [("error", "no \"pool\"\n here"), ("empty", "")])
        #expect(
            record.journalLine
                == #"<4>segment: two lines error="no \"pool\"\n here" empty="""#)
    }

    @Test func jsonLineIsOneObject() {
        let line = Self.record("a\u{1}b", [("k", "v")]).jsonLine(at: Self.time)
        #expect(
            line == #"{"time":"2026-01-02T03:04:05.678Z","level":"warning","label":"segment","#
                + #""message":"a\u0001b","k":"v"}"#)
    }

    @Test(.timeLimit(.minutes(1))) func aReaderThatStandsStillLosesLinesAndKeepsNobodyWaiting()
        throws
    {
        var ends: [Int32] = [-1, -1]
        #expect(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        #expect(DaemonLogHandler.write("first", to: ends[1]))
        let line = String(repeating: "x", count: 999)
        let isWritten = (0..<1_000).map { _ in DaemonLogHandler.write(line, to: ends[1]) }
        #expect(isWritten.first == true)
        #expect(isWritten.last == false)
        var bytes = [UInt8](repeating: 0xA5, count: 64 << 10)
        #expect(read(ends[0], &bytes, bytes.count) > 0)
        #expect(bytes.starts(with: "first\n".utf8))
        #expect(DaemonLogHandler.write("again", to: ends[1]), "it reads again")
    }
}
