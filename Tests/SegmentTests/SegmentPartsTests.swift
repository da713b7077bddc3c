import Addressing
import LinkLayer
import Ownership
import Synchronization
import Testing
import Timing
import Wire

@testable import Daemon

/// What passes between the threads, without threads.
@Suite struct SegmentPartsTests {
    static func heard(_ number: UInt32) -> NeighborFrame {
        NeighborFrame(
            link: 2, source: .zero, senderAddress: nil, senderLinkAddress: .zero,
            targetAddress: .ipv4(IPv4Address(bits: number)), isRequest: true)
    }

    static func isReadable(_ descriptor: Int32) throws -> Bool {
        let poll = try EventPoll()
        try poll.add(descriptor, as: 1)
        return try poll.wait(timeoutMilliseconds: 0) { _ in } > 0
    }

    @Test func aFloodOfRequestsLeavesRoomForEvidence() throws {
        let frames = try HeardFrames()
        for number in 0..<1_000 { frames.note(Self.heard(UInt32(number)), isEvidence: false) }
        #expect(try !Self.isReadable(frames.descriptorNumber), "plain requests wake nobody")
        frames.note(Self.heard(7), isEvidence: true)
        #expect(try Self.isReadable(frames.descriptorNumber))
        frames.acknowledge()
        var batch = HeardFrames.Batch()
        frames.take(into: &batch)
        #expect(batch.evidence == [Self.heard(7)])
        #expect(batch.requests == (0..<32).map { Self.heard($0) }, "the oldest, in order")
        #expect(frames.droppedCount == 1_000 - HeardFrames.requestsMax)
        #expect(try !Self.isReadable(frames.descriptorNumber))
        frames.take(into: &batch)
        #expect(batch.evidence.isEmpty && batch.requests.isEmpty)
    }

    @Test func evidenceIsBoundedToo() throws {
        let frames = try HeardFrames()
        for number in 0..<300 { frames.note(Self.heard(UInt32(number)), isEvidence: true) }
        var batch = HeardFrames.Batch()
        frames.take(into: &batch)
        #expect(batch.evidence.count == HeardFrames.evidenceMax)
        #expect(frames.droppedCount == 300 - HeardFrames.evidenceMax)
    }

    /// So that a flood does not make the loop turn without end.
    @Test func postponedEvidenceWakesNobodyUntilItIsTaken() throws {
        let frames = try HeardFrames()
        #expect(!frames.postpone())
        frames.note(Self.heard(1), isEvidence: true)
        frames.acknowledge()
        #expect(frames.postpone())
        frames.note(Self.heard(2), isEvidence: true)
        #expect(try !Self.isReadable(frames.descriptorNumber))
        var batch = HeardFrames.Batch()
        frames.take(into: &batch)
        #expect(batch.evidence == [Self.heard(1), Self.heard(2)])
        frames.note(Self.heard(3), isEvidence: true)
        #expect(try Self.isReadable(frames.descriptorNumber))
    }

    @Test func mailIsTakenInOrderAndWhatIsLeftKeepsTheBoxReadable() throws {
        let mailbox = try Mailbox()
        for hash in 0..<5 { mailbox.post(.happened(.poolSetChanged(UInt64(hash)))) }
        func hashes(atMost count: Int) -> [UInt64] {
            mailbox.take(atMost: count).compactMap {
                guard case .happened(.poolSetChanged(let hash)) = $0 else { return nil }
                return hash
            }
        }
        #expect(hashes(atMost: 3) == [0, 1, 2])
        #expect(try Self.isReadable(mailbox.descriptorNumber))
        #expect(hashes(atMost: 3) == [3, 4])
        #expect(try !Self.isReadable(mailbox.descriptorNumber))
    }

    @Test func ordersAreKeptUntilTakenAndNoMoreThanFit() throws {
        let orders = try ResponderOrders()
        let frame = OutgoingFrame(kind: .probe, address: .ipv4(TestSegment.served), link: 2)
        #expect(orders.send(Array(repeating: frame, count: ResponderOrders.outgoingMax - 1)) == 0)
        #expect(orders.send([frame, frame, frame]) == 2)
        orders.follow([Self.link])
        orders.follow([])
        orders.stop()
        let taken = orders.take()
        #expect(taken.outgoing.count == ResponderOrders.outgoingMax)
        #expect(taken.links == [], "the last word counts")
        #expect(taken.stops)
        #expect(orders.take().links == nil)
    }

    static let link = Link(
        index: 2, name: "eth0", address: TestSegment.nodeAddress, isRunning: true,
        interfaceAddresses: [
            .init(.ipv4(IPv4Address(198, 51, 100, 1)), prefixLength: 24),
            .init(.ipv4(IPv4Address(192, 0, 2, 1)), prefixLength: 24),
            .init(.ipv6(fe80), prefixLength: 64), .init(.ipv6(ownIPv6), prefixLength: 64),
        ])

    static let rows: [(String, Link, OutgoingFrame.Kind, [ARPFrame])] = [
        (
            "announcement: both forms", link, .announcement,
            [
                .gratuitousRequest(for: TestSegment.served, from: TestSegment.nodeAddress),
                .gratuitousReply(for: TestSegment.served, from: TestSegment.nodeAddress),
            ]
        ),
        ("probe", link, .probe, [.probe(for: TestSegment.served, from: TestSegment.nodeAddress)]),
        (
            "question: asked from the prefix", link, .question,
            [question(from: IPv4Address(192, 0, 2, 1))]
        ),
        (
            "question: else from the first address", first, .question,
            [question(from: IPv4Address(198, 51, 100, 1))]
        ),
        (
            "question on a link without address: a probe", bare, .question,
            [.probe(for: TestSegment.served, from: TestSegment.nodeAddress)]
        ),
    ]

    static let discoveryRows: [(String, Link, OutgoingFrame.Kind, NDFrame)] = [
        (
            "announcement", link, .announcement,
            .unsolicited(for: TestSegment.servedIPv6, from: TestSegment.nodeAddress)
        ),
        (
            "probe", link, .probe,
            .probe(for: TestSegment.servedIPv6, from: TestSegment.nodeAddress)
        ),
        ("question: asked from the prefix", link, .question, question(from: ownIPv6)),
        ("question: else from what there is", linkLocal, .question, question(from: fe80)),
        (
            "question on a link without address: a probe", bare, .question,
            .probe(for: TestSegment.servedIPv6, from: TestSegment.nodeAddress)
        ),
        (
            "question on a link with IPv4 alone: a probe", first, .question,
            .probe(for: TestSegment.servedIPv6, from: TestSegment.nodeAddress)
        ),
    ]

    static let ownIPv6 = IPv6Address(bits: 0x2001_0DB8 << 96 | 1)
    static let fe80 = IPv6Address(bits: 0xFE80 << 112 | 1)

    static func question(from asker: IPv6Address) -> NDFrame {
        .request(for: TestSegment.servedIPv6, from: TestSegment.nodeAddress, at: asker)
    }

    static var linkLocal: Link {
        var link = link
        link.interfaceAddresses.removeAll { $0.address == .ipv6(ownIPv6) }
        return link
    }

    static func question(from asker: IPv4Address) -> ARPFrame {
        .request(for: TestSegment.served, from: TestSegment.nodeAddress, at: asker)
    }

    static var first: Link {
        var link = link
        link.interfaceAddresses.removeLast(3)
        return link
    }

    static var bare: Link {
        var link = link
        link.interfaceAddresses = []
        return link
    }

    @Test(arguments: rows)
    func framesSayWhatTheirNameSays(
        row: String, link: Link, kind: OutgoingFrame.Kind, frames: [ARPFrame]
    ) {
        let outgoing = OutgoingFrame(
            kind: kind, address: .ipv4(TestSegment.served), link: link.index)
        #expect(link.frames(outgoing) == frames.map(LinkFrame.arp), "\(row)")
    }

    @Test(arguments: discoveryRows)
    func framesOfIPv6SayWhatTheirNameSays(
        row: String, link: Link, kind: OutgoingFrame.Kind, frame: NDFrame
    ) {
        let outgoing = OutgoingFrame(
            kind: kind, address: .ipv6(TestSegment.servedIPv6), link: link.index)
        #expect(link.frames(outgoing) == [.neighborDiscovery(frame)], "\(row)")
    }
}
