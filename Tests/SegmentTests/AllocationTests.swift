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
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256, alignment: 16)
            defer { buffer.deallocate() }
            responder.turns.turned(at: .now())
            responder.publish(ResponderTests.table(link))
            // The first frame may make the runtime set itself up.
            try socket.send(frame)
            try ResponderThread.answerWaiting(on: open, responder, by: buffer)
            var allocations: UInt = 0
            for _ in 0..<count {
                try socket.send(frame)
                let before = callocationcount_of_this_thread()
                try ResponderThread.answerWaiting(on: open, responder, by: buffer)
                allocations += callocationcount_of_this_thread() - before
            }
            return (allocations, responder.counters.answeredCount)
        }
        #expect(allocations == 0, "\(row): over \(count) frames")
        #expect(answered == (isAnswered ? count + 1 : 0), "\(row)")
    }

    static let client = TestSegment.clientAddress
}
