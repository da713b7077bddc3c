import Addressing
import Ownership
import Testing
import Timing

@Suite struct AnswerTableTests {
    @Test(
        arguments: [
            ("there", "10.0.0.1", 2, true), ("other link", "10.0.0.1", 3, false),
            ("other address", "10.0.0.2", 2, false), ("last entry", "10.0.0.9", 3, true),
            ("IPv6", "2001:db8::1", 2, true), ("after the last", "2001:db8::1", 3, false),
        ] as [(String, String, Int32, Bool)])
    func membership(row: String, address: String, link: Int32, answers: Bool) throws {
        let table = AnswerTable([
            .init(link: 3, address: try IPAddress("10.0.0.9")),
            .init(link: 2, address: try IPAddress("2001:db8::1")),
            .init(link: 2, address: try IPAddress("10.0.0.1")),
        ])
        #expect(table.answers(try IPAddress(address), on: link, at: .zero) == answers, "\(row)")
    }

    /// Whatever the loop that published it does meanwhile.
    @Test(arguments: [(2_999, true), (3_000, false), (9_000, false)] as [(Int64, Bool)])
    func whatIsLingeredForEndsByItself(microseconds: Int64, answers: Bool) throws {
        let address = try IPAddress("10.0.0.1")
        let table = AnswerTable([
            .init(link: 2, address: address, until: .zero + .milliseconds(3)),
            .init(link: 3, address: address),
        ])
        let now = Instant.zero + .microseconds(microseconds)
        #expect(table.answers(address, on: 2, at: now) == answers)
        #expect(table.answers(address, on: 3, at: now))
    }
}
