import Addressing
import Laboratory
import LinkLayer
import Logging
import Ownership
import ServiceLifecycle
import Testing
import Timing
import Wire

@testable import Daemon

/// What becomes of an announced address when its link, or the daemon, comes and goes.
@Suite struct LinkLifeTests {
    static let served = TestSegment.served

    /// W5: a link that comes up listens first, then announces what is still ours.
    @Test func w5ALinkThatLosesAndRegainsCarrierListensFirstAndAnnouncesAnew() throws {
        let test = try TestSegment()
        let loop = try TestLoop(on: test)
        try loop.serve()
        try test.segment.pull(test.nodePort)
        try eventually("it is no longer announced") {
            loop.state(of: .ipv4(Self.served)) != .announced
        }
        let capture = try FrameCapture(in: test.client, on: "eth0", filter: "arp")
        let announcement = ARPFrame.gratuitousReply(
            for: Self.served, from: TestSegment.nodeAddress)
        func announced() throws -> [Int64] {
            try capture.frames.filter { try SegmentLoopTests.frame($0) == announcement }
                .map(\.nanoseconds)
        }
        let restored = SegmentLoopTests.wallNanoseconds()
        try test.segment.restore(test.nodePort)
        try eventually("it is announced anew, by a burst") { try announced().count >= 5 }
        let first = try #require(try announced().first)
        #expect(first - restored >= HelloProfile.normal.detectionTime.nanoseconds, "it listens")
        try eventually("it is answered") { try test.arping() != nil }
    }

    /// W5: too short to be seen, and long enough for a switch to forget the node.
    @Test func w5AFlapWithinOneReadIsAStart() throws {
        let test = try TestSegment()
        let loop = try TestLoop(on: test)
        let capture = try FrameCapture(in: test.client, on: "eth0", filter: "arp")
        try loop.serve()
        let wanted = ARPFrame.gratuitousReply(for: Self.served, from: TestSegment.nodeAddress)
        func announced() throws -> [Int64] {
            try capture.frames.filter { try SegmentLoopTests.frame($0) == wanted }
                .map(\.nanoseconds)
        }
        var start = 0
        for round in 1...2 {
            // The next would be a refresh, after 54 s and more.
            try eventually("a whole burst is over, \(round)") {
                let burst = try announced()[start...]
                return (burst.last ?? 0) - (burst.first ?? 0) > 3_900_000_000
            }
            start = try announced().count
            try test.segment.namespace.flap(test.nodePort)
            try eventually("it is announced anew, \(round)") { try announced().count > start }
        }
        try eventually("it is answered") { try test.arping() != nil }
    }

    /// A link on which nobody can answer is as good as down: its address is not called announced,
    /// and is announced anew when the link works again.
    @Test func aLinkWhoseSocketsFailCountsAsDownUntilTheyWork() throws {
        let test = try TestSegment()
        let loop = try TestLoop(on: test)
        try loop.serve()
        let link = try TestSegment.link(in: test.node).index
        loop.loop.mailbox.post(.linksFailing([link]))
        try eventually("it is not called announced") {
            loop.state(of: .ipv4(Self.served)) == .unowned(.noCandidate)
        }
        let capture = try FrameCapture(in: test.client, on: "eth0", filter: "arp")
        loop.loop.mailbox.post(.linksFailing([]))
        try eventually("it is announced anew") {
            try capture.frames.map(SegmentLoopTests.frame)
                .contains(.gratuitousReply(for: Self.served, from: TestSegment.nodeAddress))
        }
        #expect(loop.state(of: .ipv4(Self.served)) == .announced)
    }

    @Test func w5AnotherMACOfTheLinkIsAnnouncedAndAnsweredWith() throws {
        let test = try TestSegment()
        let loop = try TestLoop(on: test)
        try loop.serve()
        let capture = try FrameCapture(in: test.client, on: "eth0", filter: "arp")
        try test.node.ip("link", "set", "eth0", "address", "02:00:5e:00:53:77")
        let address = try LinkAddress("02:00:5e:00:53:77")
        try eventually("it is announced with the new MAC") {
            try capture.frames.map(SegmentLoopTests.frame)
                .contains(.gratuitousReply(for: Self.served, from: address))
        }
        let output = try #require(try test.arping())
        #expect(output.contains("[02:00:5E:00:53:77]"))
        _ = loop
    }

    /// From the moment at which ip(8) is started to the first frame that says so.
    @Test func w5ALinkEventIsReactedToWithin100Milliseconds() throws {
        let test = try TestSegment()
        let loop = try TestLoop(on: test)
        try loop.serve()
        let capture = try FrameCapture(in: test.client, on: "eth0", filter: "arp")
        for round in 0x70...0x74 {
            let address = LinkAddress(bits: 0x0200_5E00_5300 + UInt64(round))
            let changed = SegmentLoopTests.wallNanoseconds()
            try test.node.ip("link", "set", "eth0", "address", "\(address)")
            let wanted = ARPFrame.gratuitousReply(for: Self.served, from: address)
            var first: Int64?
            try eventually("it is announced with the new MAC") {
                first = try capture.frames.first { try SegmentLoopTests.frame($0) == wanted }?
                    .nanoseconds
                return first != nil
            }
            #expect(try #require(first) - changed < 100_000_000)
        }
        _ = loop
    }

    @Test func w5ALinkThatAppearsLaterIsServed() throws {
        let test = try TestSegment()
        try test.node.ip("link", "delete", "eth0")
        let loop = try TestLoop(on: test)
        loop.loop.send(.ownNodePresent(true))
        loop.loop.send(
            .viewLoaded(
                [AddressFacts(.ipv4(Self.served), eligibility: .nodes(["n1"]))], isFresh: true))
        try test.segment.plug(test.node, addresses: ["192.0.2.1/24"])
        try eventually("it is announced") { loop.state(of: .ipv4(Self.served)) == .announced }
        try eventually("it is answered") { try test.arping() != nil }
    }

    @Test func w5ALinkThatIsDownAtTheStartIsServedOnceItIsUp() throws {
        let test = try TestSegment()
        try test.node.ip("link", "set", "eth0", "down")
        let loop = try TestLoop(on: test)
        loop.loop.send(.ownNodePresent(true))
        loop.loop.send(
            .viewLoaded(
                [AddressFacts(.ipv4(Self.served), eligibility: .nodes(["n1"]))], isFresh: true))
        try eventually("the loop turns") { loop.loop.lastTurn > .zero }
        try test.node.ip("link", "set", "eth0", "up")
        try eventually("it is announced") { loop.state(of: .ipv4(Self.served)) == .announced }
        try eventually("it is answered") { try test.arping() != nil }
    }

    /// As on SIGTERM: everything is handed over, then the loop ends by itself.
    @Test func aGracefulShutdownStopsAnsweringAndEnds() async throws {
        let test = try TestSegment()
        let loop = try TestLoop(on: test)
        try loop.serve()
        let group = ServiceGroup(
            services: [loop.loop], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        async let ended: Void = group.run()
        await group.triggerGracefulShutdown()
        try await ended
        #expect(try test.arping() == nil)
    }

    @Test func aCancelledLoopEndsAtOnce() async throws {
        let test = try TestSegment()
        let loop = try TestLoop(on: test)
        try loop.serve()
        let running = Task { [loop = loop.loop] in try await loop.run() }
        running.cancel()
        try await running.value
        #expect(try test.arping() == nil)
    }

    /// Turns without an event, so that its age says something.
    @Test func theLoopTurnsByItselfAtLeastOnceAPeriod() throws {
        let test = try TestSegment()
        let loop = try TestLoop(on: test)
        for _ in 0..<3 {
            let last = loop.loop.lastTurn
            try eventually("the next turn", within: .seconds(2)) { loop.loop.lastTurn > last }
        }
    }

    /// So that whoever started the daemon starts it anew.
    @Test func aResponderThatEndsEndsTheLoopWithItsError() async throws {
        let test = try TestSegment()
        let loop = try TestLoop(on: test)
        try loop.serve()
        loop.loop.mailbox.post(
            .responderEnded(SystemCallError("epoll_wait", on: "event poll", errno: 9)))
        await #expect(throws: SystemCallError.self) { try await loop.loop.run() }
        #expect(try test.arping() == nil)
    }
}
