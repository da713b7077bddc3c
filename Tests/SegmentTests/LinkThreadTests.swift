import Addressing
import Glibc
import Laboratory
import LinkLayer
import Ownership
import Synchronization
import Testing
import Timing
import Wire

@testable import Daemon

/// Links are read aside: whatever becomes of a read, hellos and answers go on.
@Suite struct LinkThreadTests {
    static let served = TestSegment.served

    private let test: TestSegment

    init() throws {
        test = try TestSegment()
    }

    /// A double of the monitor's reading: it reads what the kernel says, and stands still or fails on
    /// the way as the kernel may, which no test can have it do to this machine's links alone.
    private final class Reading: Sendable {
        /// While held, a read does not end.
        let gate = Mutex(())
        let begun = Atomic(0)
        let fails = Atomic(false)

        func read(_ monitor: inout LinkMonitor) throws(SystemCallError) -> LinkTable {
            begun.add(1, ordering: .relaxed)
            gate.withLock { _ in }
            guard !fails.load(ordering: .relaxed) else {
                throw SystemCallError("netlink dump", on: "links and routes", errno: ENOBUFS)
            }
            return try monitor.read()
        }
    }

    private func start(_ reading: Reading) throws -> TestLoop {
        try TestLoop(
            "n1", in: test.node,
            readLinks: { monitor throws(SystemCallError) in try reading.read(&monitor) })
    }

    private func setAddress(_ text: String) throws {
        try test.node.ip("link", "set", "eth0", "address", text)
    }

    /// The kernel's lock on its links is held for a second, as by a driver that resets.
    @Test func aReadThatStandsStillStopsNeitherHellosNorAnswers() throws {
        let reading = Reading()
        let loop = try start(reading)
        try loop.serve()
        let capture = try FrameCapture(in: test.client, on: "eth0", filter: "arp")
        let address = try LinkAddress("02:00:5e:00:53:77")
        let socket = try test.clientSocket()
        try reading.gate.withLock { _ in
            let begun = reading.begun.load(ordering: .relaxed)
            try setAddress("\(address)")
            try eventually("a read has begun") { reading.begun.load(ordering: .relaxed) > begun }
            let start = Instant.now()
            var ageMax = Duration.zero
            try eventually("a second has passed") {
                ageMax = max(ageMax, .now() - loop.loop.lastTurn)
                return .now() - start > .seconds(1)
            }
            #expect(ageMax < SegmentLoop.turnAgeMax(.normal), "\(ageMax)")
            let answered = loop.loop.counts.answered
            try socket.send(
                .request(
                    for: Self.served, from: TestSegment.clientAddress, at: TestSegment.clientsIPv4))
            try eventually("it is answered") { loop.loop.counts.answered > answered }
        }
        try eventually("what was read is followed") {
            try capture.frames.map(SegmentLoopTests.frame)
                .contains(.gratuitousReply(for: Self.served, from: address))
        }
    }

    /// A probe that was asked for without links would be called unnecessary.
    @Test func nothingIsDoneBeforeTheFirstReadIsOver() throws {
        let reading = Reading()
        // It outlives the gate, which keeps it from ending.
        var kept: TestLoop?
        try reading.gate.withLock { _ in
            let loop = try start(reading)
            kept = loop
            loop.loop.send(.probeRequested([.ipv4(Self.served)]))
            try eventually("the loop turns") { loop.loop.lastTurn > .zero }
            let turn = loop.loop.lastTurn
            try eventually("it turns again") { loop.loop.lastTurn > turn }
            #expect(loop.probeResult(of: .ipv4(Self.served)) == nil)
        }
        let loop = try #require(kept)
        try eventually("the probes are over") { loop.probeResult(of: .ipv4(Self.served)) != nil }
        #expect(loop.probeResult(of: .ipv4(Self.served)) == .free)
    }

    @Test func aReadThatFailsIsTriedAgainAndHoldsNothingUp() throws {
        let reading = Reading()
        reading.fails.store(true, ordering: .relaxed)
        let loop = try start(reading)
        loop.loop.send(.probeRequested([.ipv4(Self.served)]))
        try eventually("the loop does what it can") {
            loop.probeResult(of: .ipv4(Self.served)) == .noLink
        }
        let start = Instant.now()
        let begun = reading.begun.load(ordering: .relaxed)
        try eventually("it is tried again") { reading.begun.load(ordering: .relaxed) >= begun + 3 }
        #expect(Instant.now() - start >= HelloProfile.normal.period * 2, "not at once")
        reading.fails.store(false, ordering: .relaxed)
        try loop.serve()
    }

    /// Really: the sockets are gone under it.
    @Test func lostSocketsAreReplaced() throws {
        let loop = try TestLoop(on: test)
        try loop.serve()
        let capture = try FrameCapture(in: test.client, on: "eth0", filter: "arp")
        try test.loseNetlinkSockets()
        for last in [0x71, 0x72] as [UInt64] {
            let address = LinkAddress(bits: 0x0200_5E00_5300 + last)
            try setAddress("\(address)")
            try eventually("\(address) is announced") {
                try capture.frames.map(SegmentLoopTests.frame)
                    .contains(.gratuitousReply(for: Self.served, from: address))
            }
        }
    }
}
