import Addressing
import Testing
import Timing
import Wire

@testable import Ownership

@Suite struct SolicitationRuleTests {
    private static let own = LinkAddress(bits: 0x02_0000_0000_01)
    private static let client = LinkAddress(bits: 0x02_0000_0000_50)
    private static let other = LinkAddress(bits: 0x02_0000_0000_60)
    private static let served = IPv6Address(bits: 0x2001_0DB8 << 96 | 16)
    private static let clients = IPv6Address(bits: 0x2001_0DB8 << 96 | 50)
    private static let request = NDFrame.request(for: served, from: client, at: clients)

    static let rows: [(String, NDFrame, ResponderVerdict)] = [
        ("to the group", request, .answer),
        ("by unicast to our MAC", changed { $0.destination = own }, .answer),
        (
            "without source link-layer address",
            changed {
                $0.message = .solicitation(.init(target: served, sourceLinkAddress: nil))
            }, .answer
        ),
        ("probe, source ::", .probe(for: served, from: client), .answer),
        ("to another MAC", changed { $0.destination = other }, .ignore(.notForThisLink)),
        (
            "another address of the same group",
            .request(
                for: IPv6Address(bits: 0x2001_0DB9 << 96 | 16), from: client, at: clients),
            .ignore(.notOurs)
        ),
        (
            "advertisement", .unsolicited(for: served, from: client), .ignore(.notARequest)
        ),
        ("from the address itself", changed { $0.sender = served }, .ignore(.senderIsTarget)),
        ("our own frame", changed { $0.source = own }, .ignore(.ownFrame)),
        (
            "our own, by way of another's port",
            changed {
                $0.message = .solicitation(.init(target: served, sourceLinkAddress: own))
            }, .ignore(.ownFrame)
        ),
    ]

    private static func changed(_ change: (inout NDFrame) -> Void) -> NDFrame {
        var frame = request
        change(&frame)
        return frame
    }

    @Test(arguments: rows)
    func verdict(row: String, frame: NDFrame, verdict: ResponderVerdict) {
        let answers = AnswerTable([.init(link: 2, address: .ipv6(Self.served))])
        func judge(_ link: Int32, at now: Instant = .zero) -> ResponderVerdict {
            judgeSolicitation(frame, on: link, ownAddress: Self.own, answers: answers, at: now)
        }
        #expect(judge(2) == verdict, "\(row)")
        #expect(judge(3) != .answer, "\(row) on another link")
    }

    /// What is lingered for is answered for until its end and no longer.
    @Test func anAddressThatIsLingeredForEndsByItself() {
        let until = Instant.zero + .milliseconds(3)
        let answers = AnswerTable([.init(link: 2, address: .ipv6(Self.served), until: until)])
        func judge(at now: Instant) -> ResponderVerdict {
            judgeSolicitation(
                Self.request, on: 2, ownAddress: Self.own, answers: answers, at: now)
        }
        #expect(judge(at: .zero) == .answer)
        #expect(judge(at: until) == .ignore(.notOurs))
    }

    @Test(
        arguments: [
            ("probe", NDFrame.probe(for: served, from: client), nil, served, client, true),
            ("request", request, clients, served, client, true),
            (
                "request without option: where the frame came from",
                changed {
                    $0.message = .solicitation(.init(target: served, sourceLinkAddress: nil))
                }, clients, served, client, true
            ),
            (
                "advertisement", .unsolicited(for: served, from: client), served, served, client,
                false
            ),
            (
                "advertisement by a proxy: the option counts",
                changed {
                    $0.message = .advertisement(
                        .init(target: served, flags: [], targetLinkAddress: other))
                }, served, served, other, false
            ),
        ] as [(String, NDFrame, IPv6Address?, IPv6Address, LinkAddress, Bool)])
    func whatAFrameSays(
        row: String, frame: NDFrame, sender: IPv6Address?, target: IPv6Address,
        linkAddress: LinkAddress, isRequest: Bool
    ) {
        let said = NeighborFrame(frame, link: 2)
        #expect(said.senderAddress == sender.map(IPAddress.ipv6), "\(row)")
        #expect(said.targetAddress == .ipv6(target), "\(row)")
        #expect(said.senderLinkAddress == linkAddress, "\(row)")
        #expect(said.source == Self.client && said.link == 2 && said.isRequest == isRequest)
    }
}
