import Addressing
import Ownership
import Testing
import Timing
import Wire

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

    /// Of `mode: address`: held and defended as any other, and answered for by the kernel alone.
    @Test func theResponderIsSilentWhereTheKernelAnswers() throws {
        let client = LinkAddress(bits: 0x0200_5E00_5302)
        let (ipv4, ipv6) = (IPv4Address(10, 0, 0, 1), IPv6Address(bits: 0x2001_0DB8 << 96 | 1))
        for (isAnsweredByKernel, verdict) in [
            (false, ResponderVerdict.answer), (true, .ignore(.answeredByKernel)),
        ] {
            let table = AnswerTable(
                [IPAddress.ipv4(ipv4), .ipv6(ipv6)].map {
                    .init(link: 2, address: $0, isAnsweredByKernel: isAnsweredByKernel)
                })
            #expect(table.answers(.ipv4(ipv4), on: 2, at: .zero))
            #expect(
                judgeRequest(
                    .request(for: ipv4, from: client, at: .any), on: 2, ownAddress: .zero,
                    answers: table, at: .zero) == verdict)
            #expect(
                judgeSolicitation(
                    .request(for: ipv6, from: client, at: IPv6Address(bits: 9)), on: 2,
                    ownAddress: .zero, answers: table, at: .zero) == verdict)
        }
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
