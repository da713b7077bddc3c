import Addressing
import Ownership
import Testing

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
        #expect(table.answers(try IPAddress(address), on: link) == answers, "\(row)")
    }
}
