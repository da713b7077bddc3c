import Addressing
import Foundation
import Laboratory
import LinkLayer
import Ownership
import ServiceLifecycle
import Testing
import Timing
import Wire

@testable import Daemon

/// The loop and the responder on a real segment.
@Suite struct SegmentLoopTests {
    static let served = TestSegment.served

    @Test func anAddressThatNobodyUsesIsFree() throws {
        let test = try TestSegment()
        let loop = try TestLoop(on: test)
        let capture = try FrameCapture(in: test.client, on: "eth0", filter: "arp")
        loop.loop.send(.probeRequested([.ipv4(Self.served)]))
        try eventually("the probes are over") { loop.probeResult(of: .ipv4(Self.served)) != nil }
        #expect(loop.probeResult(of: .ipv4(Self.served)) == .free)
        let probe = ARPFrame.probe(for: Self.served, from: TestSegment.nodeAddress)
        #expect(try capture.frames.map(Self.frame).filter { $0 == probe }.count == 3)
    }

    @Test func aForeignHostThatUsesTheAddressIsNamedByItsMAC() throws {
        let test = try TestSegment()
        let foreign = try NetworkNamespace("foreign")
        try test.segment.plug(
            foreign, addresses: ["\(Self.served)/24"], linkAddress: "02:00:5e:00:53:ff")
        let loop = try TestLoop(on: test)
        try eventually("the foreign host answers") { try test.arping() != nil }
        loop.loop.send(.probeRequested([.ipv4(Self.served)]))
        try eventually("the probes are over") { loop.probeResult(of: .ipv4(Self.served)) != nil }
        #expect(
            try loop.probeResult(of: .ipv4(Self.served)) == .taken(LinkAddress("02:00:5e:00:53:ff"))
        )
    }

    /// RFC 5227 §2.3 and what Linux receivers honour: both forms, together, at these offsets.
    @Test func aTakenAddressIsAnnouncedInBothFormsOnSchedule() throws {
        let test = try TestSegment()
        let capture = try FrameCapture(in: test.client, on: "eth0", filter: "arp")
        let loop = try TestLoop(on: test)
        try loop.serve()
        let forms: [ARPFrame] = [
            .gratuitousRequest(for: Self.served, from: TestSegment.nodeAddress),
            .gratuitousReply(for: Self.served, from: TestSegment.nodeAddress),
        ]
        let schedule = [0, 10, 30, 100, 200, 400, 700, 1050]
        func announcements() throws -> [(frame: ARPFrame, milliseconds: Int64)] {
            let all = try capture.frames.map { (try Self.frame($0), $0.nanoseconds) }
                .filter { forms.contains($0.0) }
            let start = all.first?.1 ?? 0
            return all.map { ($0.0, ($0.1 - start) / 1_000_000) }
        }
        try eventually("eight announcements") { try announcements().count >= 16 }
        for (index, offset) in schedule.enumerated() {
            let pair = try announcements()[(2 * index)...(2 * index + 1)]
            #expect(pair.map(\.frame) == forms, "at \(offset) ms")
            let at = try #require(pair.first).milliseconds
            // The first may be late on a busy machine, and so may each.
            #expect((Int64(offset) - 80...Int64(offset) + 500).contains(at), "\(at) for \(offset)")
        }
    }

    @Test func w1RequestsAreAnsweredByUnicastWithTheLinksMAC() throws {
        let test = try TestSegment()
        let loop = try TestLoop(on: test)
        #expect(try test.arping() == nil, "not before it is announced")
        try loop.serve()
        let output = try #require(try test.arping())
        #expect(output.contains("Unicast reply from 192.0.2.16 [02:00:5E:00:53:01]"))
        #expect(try test.arping(IPv4Address(192, 0, 2, 17)) == nil, "not ours")
    }

    /// A host that probes for it (sender 0.0.0.0) learns that it is in use.
    @Test func w2AProbeIsAnswered() throws {
        let test = try TestSegment()
        let loop = try TestLoop(on: test)
        #expect(try test.arping(Self.served, ["-D"]) != nil, "nobody uses it yet")
        try loop.serve()
        #expect(try test.arping(Self.served, ["-D"]) == nil, "arping -D fails: it is in use")
        let socket = try test.clientSocket()
        let probe = ARPFrame.probe(for: Self.served, from: TestSegment.clientAddress)
        #expect(try socket.ask(probe) == probe.reply(from: TestSegment.nodeAddress))
    }

    /// One row a frame of the client's: is there an answer?
    @Test func w1OnlyRequestsForTheAddressAreAnswered() throws {
        let test = try TestSegment()
        try test.node.ip("link", "set", "eth0", "promisc", "on")
        let loop = try TestLoop(on: test)
        try loop.serve()
        let socket = try test.clientSocket()
        let (client, node) = (TestSegment.clientAddress, TestSegment.nodeAddress)
        let request = ARPFrame.request(for: Self.served, from: client, at: TestSegment.clientsIPv4)
        func to(_ destination: LinkAddress, _ frame: ARPFrame) -> ARPFrame {
            ARPFrame(destination: destination, source: frame.source, packet: frame.packet)
        }
        let rows: [(String, ARPFrame, ARPFrame?)] = [
            ("by broadcast", request, request.reply(from: node)),
            ("to our MAC", to(node, request), request.reply(from: node)),
            ("to another MAC", to(LinkAddress(bits: 0x0200_5E00_53EE), request), nil),
            (
                "for another address",
                .request(
                    for: IPv4Address(192, 0, 2, 17), from: client, at: TestSegment.clientsIPv4),
                nil
            ),
            (
                "a reply", to(node, .gratuitousReply(for: TestSegment.clientsIPv4, from: client)),
                nil
            ),
            (
                "the address as its own sender", .gratuitousRequest(for: Self.served, from: client),
                nil
            ),
        ]
        for (row, frame, answer) in rows { #expect(try socket.ask(frame) == answer, "\(row)") }
    }

    /// Also the requests that were queued before (W4).
    @Test func w4NothingIsAnsweredOnceTheAddressIsLost() throws {
        let test = try TestSegment()
        let loop = try TestLoop(on: test)
        try loop.serve()
        let capture = try FrameCapture(
            in: test.node, on: "eth0", filter: "arp and ether src \(TestSegment.nodeAddress)")
        let socket = try test.clientSocket()
        let request = ARPFrame.request(
            for: Self.served, from: TestSegment.clientAddress, at: TestSegment.clientsIPv4)
        for _ in 0..<20 { try socket.send(request) }
        try eventually("answers flow") { loop.loop.responder.counters.answeredCount > 0 }
        for _ in 0..<500 { try socket.send(request) }
        let link = try TestSegment.link(in: test.node).index
        let other = IPv4Address(192, 0, 2, 17)
        loop.loop.responder.publish(AnswerTable([.init(link: link, address: .ipv4(other))]))
        let lost = Self.wallNanoseconds()
        #expect(try socket.ask(request, whileServing: other) == nil)
        let answers = try capture.frames.filter {
            try Self.frame($0) == request.reply(from: TestSegment.nodeAddress)
        }
        #expect(!answers.isEmpty)
        #expect(answers.allSatisfy { $0.nanoseconds <= lost }, "no answer after the loss")
    }

    @Test func w4AReleasedAddressIsNoLongerAnswered() throws {
        let test = try TestSegment()
        let loop = try TestLoop(on: test)
        try loop.serve()
        #expect(try test.arping() != nil)
        loop.loop.send(.addressesChanged([], removed: [.ipv4(Self.served)]))
        try eventually("it is forgotten") {
            loop.reports.contains(.addressForgotten(.ipv4(Self.served)))
        }
        #expect(try test.arping() == nil)
    }

    /// A table that the loop no longer stands behind may be another node's address by now.
    @Test func theResponderGoesQuietWhileTheLoopStandsStill() throws {
        let test = try TestSegment()
        let loop = try TestLoop(on: test)
        try loop.serve()
        #expect(try test.arping() != nil)
        let socket = try test.clientSocket()
        let counters = loop.loop.responder.counters
        let request = ARPFrame.request(
            for: Self.served, from: TestSegment.clientAddress, at: TestSegment.clientsIPv4)
        try loop.whileStalled {
            // Before 250 ms, after which others may answer.
            try eventually("the last turn is older than four periods") {
                Instant.now() - loop.loop.lastTurn >= .milliseconds(200)
            }
            let (answered, withheld) = (counters.answeredCount, counters.withheldCount)
            try socket.send(request)
            try eventually("the answer is withheld") { counters.withheldCount > withheld }
            #expect(counters.answeredCount == answered)
        }
        try eventually("the loop turns and the address is answered again") {
            let answered = counters.answeredCount
            try socket.send(request)
            return counters.answeredCount > answered
        }
    }

    @Test func w2AForeignHostThatTakesTheAddressIsReported() throws {
        let test = try TestSegment()
        let loop = try TestLoop(on: test)
        try loop.serve()
        let socket = try test.clientSocket()
        try socket.send(.gratuitousRequest(for: Self.served, from: TestSegment.clientAddress))
        try eventually("the conflict is reported") {
            loop.reports.contains {
                guard case .conflict(.ipv4(Self.served), let foreign, _, _) = $0 else {
                    return false
                }
                return foreign == TestSegment.clientAddress
            }
        }
    }

    /// A flood of claims by one host: the loop turns on, within its share, and answers others.
    @Test func aFloodOfEvidenceLeavesTheLoopAndTheResponderAlive() throws {
        let test = try TestSegment()
        let loop = try TestLoop(on: test)
        try loop.serve()
        let socket = try test.clientSocket()
        let claim = ARPFrame.gratuitousReply(
            for: IPv4Address(192, 0, 2, 99), from: TestSegment.clientAddress)
        let request = ARPFrame.request(
            for: Self.served, from: TestSegment.clientAddress, at: TestSegment.clientsIPv4)
        var (turns, last) = (0, loop.loop.lastTurn)
        let end = Instant.now() + .milliseconds(500)
        while Instant.now() < end {
            try socket.send(claim)
            if loop.loop.lastTurn != last { turns += 1 }
            last = loop.loop.lastTurn
        }
        // A turn each 5 ms for what was heard, and those that the schedule wants.
        #expect((5...200).contains(turns), "\(turns) turns in half a second")
        // The flood may have filled the node's queue: a client asks again.
        try eventually("a client is answered") {
            try socket.send(request)
            while let frame = try socket.receive() {
                if frame == request.reply(from: TestSegment.nodeAddress) { return true }
            }
            return false
        }
        try eventually("the loop turns", within: .seconds(2)) { loop.loop.lastTurn > last }
    }

    /// Where it is permitted, as to these tests, a busy node does not make the loop late.
    @Test func theLoopAndTheResponderRunUnderRealTimePriority() throws {
        let test = try TestSegment()
        let loop = try TestLoop(on: test)
        try eventually("the loop turns") { loop.loop.lastTurn > .zero }
        // proc(5), /proc/PID/task/TID/stat: field 41 is the policy; SCHED_RR is 2.
        try eventually("two threads have it") {
            try Self.policies().count { $0 == "2" } >= 2
        }
    }

    /// The kernel's own threads, which bring the hellos, need the core more.
    @Test func aFloodHasNoRealTimePriority() throws {
        let test = try TestSegment()
        let loop = try TestLoop(on: test)
        try loop.serve()
        let socket = try test.clientSocket()
        let request = ARPFrame.request(
            for: TestSegment.served, from: TestSegment.clientAddress, at: TestSegment.clientsIPv4)
        func threadsOfRealTime() throws -> Int { try Self.policies().count { $0 == "2" } }
        let before = try threadsOfRealTime()
        try eventually("the responder gave it up") {
            for _ in 0..<2_000 { try socket.flood(request) }
            return try threadsOfRealTime() < before
        }
        try eventually("it has it back") { try threadsOfRealTime() == before }
        #expect(try test.arping() != nil)
    }

    private static func policies() throws -> [Substring] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")
            .compactMap {
                try? String(contentsOfFile: "/proc/self/task/\($0)/stat", encoding: .utf8)
            }
            .compactMap { $0.split(separator: ")").last?.split(separator: " ") }
            .compactMap { $0.count > 38 ? $0[38] : nil }
    }

    static func frame(_ captured: FrameCapture.Frame) throws -> ARPFrame {
        try captured.bytes.withUnsafeBytes { try ARPFrame(parsing: $0) }
    }

    /// The clock that captures are stamped with.
    static func wallNanoseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
