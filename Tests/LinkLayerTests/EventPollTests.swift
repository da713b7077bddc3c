import Synchronization
import Testing
import Timing

@testable import LinkLayer

@Suite struct EventPollTests {
    @Test func theClockOnlyGoesOn() {
        var last = Instant.now()
        for _ in 0..<1_000 {
            let now = Instant.now()
            #expect(now >= last)
            last = now
        }
    }

    @Test(arguments: [
        ("ahead", Duration.milliseconds(20), true), ("past", .seconds(-5), true),
        ("the origin of the clock", .seconds(-1_000_000_000), true), ("never", nil, false),
    ])
    func timerIsReadableFromItsDeadlineOn(row: String, ahead: Duration?, comes: Bool) throws {
        let timer = try DeadlineTimer()
        let poll = try EventPoll()
        try poll.add(timer.descriptorNumber, as: 7)
        let deadline = ahead.map { Instant.now() + $0 }
        try timer.arm(at: deadline)
        var tokens: [UInt64] = []
        try poll.wait(timeoutMilliseconds: comes ? 5_000 : 30) { tokens.append($0) }
        #expect(tokens == (comes ? [7] : []), "\(row)")
        if let deadline, comes { #expect(Instant.now() >= deadline, "\(row)") }
        timer.acknowledge()
        #expect(try Self.ready(poll) == 0, "\(row)")
    }

    @Test func aNewDeadlineReplacesTheLast() throws {
        let timer = try DeadlineTimer()
        let poll = try EventPoll()
        try poll.add(timer.descriptorNumber, as: 7)
        try timer.arm(at: .now() - .seconds(1))
        #expect(try Self.ready(poll, within: 1_000) == 1)
        try timer.arm(at: .now() + .seconds(60))
        #expect(try Self.ready(poll) == 0)
        try timer.arm(at: nil)
        #expect(try Self.ready(poll) == 0)
    }

    @Test func signalsOfOtherThreadsBeforeALookAreOne() throws {
        let wakeUp = try WakeUp()
        let poll = try EventPoll()
        try poll.add(wakeUp.descriptorNumber, as: 9)
        let threads = try (0..<4).map { _ in
            try DedicatedThread("test") { for _ in 0..<100 { wakeUp.signal() } }
        }
        for thread in threads { thread.join() }
        var tokens: [UInt64] = []
        try poll.wait(timeoutMilliseconds: 1_000) { tokens.append($0) }
        #expect(tokens == [9])
        wakeUp.acknowledge()
        #expect(try Self.ready(poll) == 0)
        try poll.remove(wakeUp.descriptorNumber)
        wakeUp.signal()
        #expect(try Self.ready(poll) == 0)
    }

    @Test func aDescriptorThatIsNoneIsRefused() throws {
        let poll = try EventPoll()
        let error = #expect(throws: SystemCallError.self) { try poll.add(-1, as: 1) }
        #expect(
            "\(try #require(error))" == "epoll_ctl on descriptor -1: Bad file descriptor (errno 9)")
    }

    @Test func joinWaitsForTheEnd() throws {
        let wakeUp = try WakeUp()
        let ended = Ended()
        let thread = try DedicatedThread("test") {
            let poll = try? EventPoll()
            try? poll?.add(wakeUp.descriptorNumber, as: 1)
            _ = try? poll?.wait { _ in }
            ended.flag.store(true, ordering: .releasing)
        }
        wakeUp.signal()
        thread.join()
        let hasEnded = ended.flag.load(ordering: .acquiring)
        #expect(hasEnded)
        thread.join()
    }

    static func ready(_ poll: borrowing EventPoll, within milliseconds: Int32 = 0) throws -> Int {
        try poll.wait(timeoutMilliseconds: milliseconds) { _ in }
    }

    final class Ended: Sendable {
        let flag = Atomic(false)
    }
}
