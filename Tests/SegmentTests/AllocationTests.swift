import Addressing
import CAllocationCount
import Glibc
import Laboratory
import LinkLayer
import Logging
import Ownership
import Testing
import Timing
import Wire

@testable import Daemon

/// The responder allocates nothing per frame, whatever the frame is.
@Suite struct ResponderAllocationTests {
    @Test func theCounterCounts() {
        let before = callocationcount_of_this_thread()
        let array = [UInt8](repeating: 1, count: Int(getpid()) + 100)
        #expect(callocationcount_of_this_thread() > before)
        #expect(array.count > 100)
    }

    @Test(arguments: [
        ("answered", ARPFrame.request(for: TestSegment.served, from: client, at: .any), true),
        ("for another", .request(for: TestSegment.clientsIPv4, from: client, at: .any), false),
        ("evidence", .gratuitousReply(for: TestSegment.served, from: client), false),
    ])
    func framesAreTakenWithoutAllocating(row: String, frame: ARPFrame, isAnswered: Bool) throws {
        let test = try TestSegment()
        let socket = try test.clientSocket()
        let link = try TestSegment.link(in: test.node)
        let count = 500
        let (allocations, answered) = try test.node.enter {
            let responder = try ResponderTests.responder()
            let open = try AnnouncingLink(link)
            var waiting = WaitingFrames()
            responder.turns.turned(at: .now())
            responder.publish(ResponderTests.table(link))
            // The first frame may make the runtime set itself up.
            try socket.send(frame)
            try waiting.answer(
                ARPFrame.self, of: open.socket, on: open, by: responder, areMany: true)
            var allocations: UInt = 0
            for number in 0..<count {
                try socket.send(frame)
                let before = callocationcount_of_this_thread()
                try waiting.answer(
                    ARPFrame.self, of: open.socket, on: open, by: responder,
                    areMany: number % 2 == 0)
                allocations += callocationcount_of_this_thread() - before
            }
            return (allocations, responder.counters.answeredCount)
        }
        #expect(allocations == 0, "\(row): over \(count) frames")
        #expect(answered == (isAnswered ? count + 1 : 0), "\(row)")
    }

    @Test(arguments: [
        (
            "answered",
            NDFrame.request(
                for: TestSegment.servedIPv6, from: client, at: TestSegment.clientsIPv6), true
        ),
        ("probe", .probe(for: TestSegment.servedIPv6, from: client), true),
        (
            "for another",
            .request(for: TestSegment.clientsIPv6, from: client, at: TestSegment.clientsIPv6),
            false
        ),
        ("evidence", .unsolicited(for: TestSegment.servedIPv6, from: client), false),
    ])
    func solicitationsAreTakenWithoutAllocating(
        row: String, frame: NDFrame, isAnswered: Bool
    ) throws {
        let test = try TestSegment()
        let socket = try TestDiscovery(in: test)
        let link = try TestSegment.link(in: test.node)
        let bytes = TestDiscovery.bytes(frame)
        let count = 500
        let (allocations, answered) = try test.node.enter {
            let responder = try ResponderTests.responder()
            let open = try AnnouncingLink(link)
            var waiting = WaitingFrames()
            responder.turns.turned(at: .now())
            responder.publish(
                AnswerTable([.init(link: link.index, address: .ipv6(TestSegment.servedIPv6))]))
            func take() throws -> UInt {
                try socket.send(bytes)
                let before = callocationcount_of_this_thread()
                try waiting.answer(
                    NDFrame.self, of: open.discoverySocket, on: open, by: responder,
                    areMany: true)
                return callocationcount_of_this_thread() - before
            }
            // The first frame may make the runtime set itself up; the kernels speak too.
            _ = try take()
            let before = responder.counters.answeredCount
            var allocations: UInt = 0
            for _ in 0..<count { allocations += try take() }
            return (allocations, responder.counters.answeredCount - before)
        }
        #expect(allocations == 0, "\(row): over \(count) frames")
        #expect(answered == (isAnswered ? count : 0), "\(row)")
    }

    static let client = TestSegment.clientAddress
}
