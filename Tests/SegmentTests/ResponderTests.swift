import Addressing
import Laboratory
import LinkLayer
import Logging
import Ownership
import Testing
import Timing
import Wire

@testable import Daemon

/// The responder's two duties on a real link, called on the test's own thread.
@Suite struct ResponderTests {
    /// The last announcer must be the final owner: a queued announcement of an address that was
    /// lost meanwhile is not sent, nor one of a loop that stands still.
    @Test(arguments: [
        ("answered for", true, true, OutgoingFrame.Kind.announcement, 2),
        ("lost meanwhile", false, true, .announcement, 0),
        ("the loop stands still", true, false, .announcement, 0),
        ("a probe needs no table", false, true, .probe, 1),
        ("a question needs no table", false, false, .question, 1),
    ])
    func announcementsLeaveOnlyForWhatIsAnsweredFor(
        row: String, isAnswered: Bool, isFresh: Bool, kind: OutgoingFrame.Kind, count: Int
    ) throws {
        let test = try TestSegment()
        let socket = try test.clientSocket()
        let link = try TestSegment.link(in: test.node)
        let marker = OutgoingFrame(
            kind: .probe, address: .ipv4(IPv4Address(203, 0, 113, 1)), link: link.index)
        let withheld = try test.node.enter {
            let responder = try Self.responder()
            if isFresh { responder.turns.turned(at: .now()) }
            if isAnswered { responder.publish(Self.table(link)) }
            let open = try AnnouncingLink(link)
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256, alignment: 16)
            defer { buffer.deallocate() }
            let outgoing = OutgoingFrame(
                kind: kind, address: .ipv4(TestSegment.served), link: link.index)
            try responder.send(outgoing, on: open, by: buffer)
            try responder.send(marker, on: open, by: buffer)
            return responder.counters.withheldCount
        }
        var frames: [ARPFrame] = []
        try eventually("the marker arrives") {
            while let frame = try socket.receive() {
                if [.arp(frame)] == link.frames(marker) { return true }
                frames.append(frame)
            }
            return false
        }
        #expect(frames.count == count, "\(row)")
        #expect(withheld == (count == 0 ? 1 : 0), "\(row)")
    }

    /// More than are taken at once, from many hosts and for two addresses, of which one is ours.
    @Test func eachOfManyWaitingRequestsIsAnswered() throws {
        let test = try TestSegment()
        let socket = try test.clientSocket()
        let link = try TestSegment.link(in: test.node)
        let requests = (0..<40).map { number -> ARPFrame in
            let asker = IPv4Address(bits: 0x0A00_0000 + UInt32(number))
            let wanted = number % 5 == 4 ? TestSegment.clientsIPv4 : TestSegment.served
            return .request(for: wanted, from: TestSegment.clientAddress, at: asker)
        }
        let counts = try test.node.enter { () -> (answered: Int, noted: Int) in
            let responder = try Self.responder()
            responder.turns.turned(at: .now())
            responder.publish(Self.table(link))
            let open = try AnnouncingLink(link)
            var waiting = WaitingFrames()
            for request in requests { try socket.send(request) }
            try eventually("all are taken") {
                try waiting.answer(
                    ARPFrame.self, of: open.socket, on: open, by: responder, areMany: true)
                return responder.counters.answeredCount >= 32
            }
            var heard = HeardFrames.Batch()
            responder.heard.take(into: &heard)
            return (responder.counters.answeredCount, heard.requests.count)
        }
        #expect(counts.answered == 32)
        #expect(counts.noted == HeardFrames.requestsMax)
        var answers: [ARPFrame] = []
        try eventually("all answers arrive") {
            while let frame = try socket.receive() {
                guard frame.packet.operation == .reply else { continue }
                answers.append(frame)
            }
            return answers.count >= 32
        }
        let expected = requests.filter { $0.packet.targetProtocolAddress == TestSegment.served }
            .map { $0.reply(from: TestSegment.nodeAddress) }
        #expect(answers == expected, "each its own, in their order")
    }

    /// Answers that are ready and not sent are no answers by the time the address is lost (W4).
    @Test func w4NoneOfManyWaitingRequestsIsAnsweredOnceTheAddressIsLost() throws {
        let test = try TestSegment()
        let socket = try test.clientSocket()
        let link = try TestSegment.link(in: test.node)
        let (answered, noted) = try test.node.enter {
            let responder = try Self.responder()
            responder.turns.turned(at: .now())
            responder.publish(Self.table(link))
            let open = try AnnouncingLink(link)
            for _ in 0..<40 {
                try socket.send(
                    .request(
                        for: TestSegment.served, from: TestSegment.clientAddress,
                        at: TestSegment.clientsIPv4))
            }
            responder.publish(.empty)
            var waiting = WaitingFrames()
            try waiting.answer(
                ARPFrame.self, of: open.socket, on: open, by: responder, areMany: true)
            var heard = HeardFrames.Batch()
            responder.heard.take(into: &heard)
            return (responder.counters.answeredCount, heard.requests.count)
        }
        #expect(answered == 0)
        #expect(noted == HeardFrames.requestsMax, "they were there")
    }

    @Test func whatALinkDoesNotTakeIsCounted() throws {
        let test = try TestSegment()
        let link = try TestSegment.link(in: test.node)
        let lost = try test.node.enter {
            let responder = try Self.responder()
            responder.turns.turned(at: .now())
            responder.publish(Self.table(link))
            let open = try AnnouncingLink(link)
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256, alignment: 16)
            defer { buffer.deallocate() }
            let outgoing = OutgoingFrame(
                kind: .announcement, address: .ipv4(TestSegment.served), link: link.index)
            try test.node.ip("link", "set", "eth0", "down")
            try responder.send(outgoing, on: open, by: buffer)
            return responder.counters.lostCount
        }
        #expect(lost == 2, "both forms")
    }

    static func table(_ link: Link) -> AnswerTable {
        AnswerTable([.init(link: link.index, address: .ipv4(TestSegment.served))])
    }

    static func responder() throws -> Responder {
        Responder(
            turnAgeMax: .seconds(60), turns: TurnClock(), heard: try HeardFrames(),
            orders: try ResponderOrders(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// A link that is there by word of the facts, and only a moment later by the kernel's.
    @Test func aLinkThatCouldNotBeOpenedIsTriedAgainWithoutNewFacts() throws {
        let node = try NetworkNamespace("node")
        let responder = try Self.responder()
        try node.enter { try responder.start { _ in } }
        defer { responder.stop() }
        let link = Link(
            index: 77, name: "eth1", address: TestSegment.nodeAddress, isRunning: true)
        responder.orders.follow([link])
        try eventually("it has failed") { responder.failingLinks == [77] }
        try node.ip(
            "link", "add", "name", "eth1", "index", "77", "type", "veth", "peer", "name", "eth2")
        try node.ip("link", "set", "eth1", "up")
        try eventually("it is open") { responder.failingLinks.isEmpty }
    }

    @Test func aLinkThatIsNoLongerWantedDoesNotFail() throws {
        let responder = try Self.responder()
        let node = try NetworkNamespace("node")
        try node.enter { try responder.start { _ in } }
        defer { responder.stop() }
        responder.orders.follow([
            Link(index: 77, name: "eth1", address: TestSegment.nodeAddress, isRunning: true)
        ])
        try eventually("it has failed") { responder.failingLinks == [77] }
        responder.orders.follow([])
        try eventually("it is forgotten") { responder.failingLinks.isEmpty }
    }
}
