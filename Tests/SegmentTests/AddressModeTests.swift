import Addressing
import Foundation
import Laboratory
import LinkLayer
import Ownership
import Testing
import Timing
import Wire

@testable import Daemon

/// `mode: address`: the owner has the address on its link and the kernel answers for it.
@Suite struct AddressModeTests {
    static let served: [IPAddress] = [
        .ipv4(TestSegment.served), .ipv6(TestSegment.servedIPv6),
    ]

    private let test: TestSegment
    private let loop: TestLoop

    init() throws {
        test = try TestSegment()
        loop = try TestLoop(on: test)
    }

    private static func facts(isPutOnLinks: Bool = true) -> [AddressFacts] {
        served.map {
            AddressFacts($0, eligibility: .nodes(["n1"]), isPutOnLinks: isPutOnLinks)
        }
    }

    private func serve() throws {
        loop.loop.send(.ownNodePresent(true))
        loop.loop.send(.viewLoaded(Self.facts(), isFresh: true))
        try eventually("both are announced, and on the link") {
            try Self.served.allSatisfy { loop.state(of: $0) == .announced } && onLink() == 2
        }
    }

    /// How many of the addresses are on the node's link.
    private func onLink() throws -> Int {
        let text = try test.node.ip("address", "show", "dev", "eth0")
        return Self.served.count { text.contains(" \($0)/\($0.family.bitWidth) ") }
    }

    /// How many answers come within a second when the client asks once.
    private func replies(for address: IPAddress) throws -> Int {
        switch address {
        case .ipv4(let ipv4):
            let capture = try FrameCapture(in: test.client, on: "eth0", filter: "arp[6:2] == 2")
            _ = try test.arping(ipv4, ["-s", "\(TestSegment.clientsIPv4)"])
            return try capture.frames.map { try SegmentLoopTests.frame($0).packet }.count {
                $0.senderProtocolAddress == ipv4
                    && $0.targetProtocolAddress == TestSegment.clientsIPv4
            }
        case .ipv6(let ipv6):
            let filter = "icmp6 and ip6[40] == 136 and ip6[44] & 0x40 != 0"
            let capture = try FrameCapture(in: test.client, on: "eth0", filter: filter)
            try test.client.run("ndisc6", ["-m", "-r", "1", "-w", "1000", "\(ipv6)", "eth0"])
            let target = withUnsafeBytes(of: ipv6.bits.bigEndian) { Array($0) }
            return capture.frames.count { $0.bytes[62..<78].elementsEqual(target) }
        }
    }

    @Test(arguments: served)
    func theKernelAnswersAndNobodyBeside(address: IPAddress) throws {
        try serve()
        #expect(try replies(for: address) == 1)
        #expect(loop.loop.counts.answered == 0, "the responder is silent")
    }

    @Test func aLocalProgramServesAndIsReached() throws {
        try serve()
        let backend = try test.node.start(
            URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appendingPathComponent("../../Deploy/demo/backend").path, ["80", "hello"])
        defer { backend.signal(SIGKILL) }
        for host in ["192.0.2.16", "[2001:db8::16]"] {
            try eventually("\(host) is reached") {
                try test.client.run("curl", ["-sS", "--max-time", "5", "http://\(host)/"]).output
                    == "hello\n"
            }
        }
    }

    /// The node's own connections come from its own addresses.
    @Test(arguments: [("192.0.2.2", "192.0.2.1"), ("2001:db8::2", "2001:db8::1")])
    func itIsNeverASource(target: String, source: String) throws {
        try serve()
        #expect(try test.node.ip("route", "get", target).contains(" src \(source) "))
    }

    /// W4.
    @Test func w4WhatIsLostIsTakenOffAndNotAnsweredFor() throws {
        try serve()
        loop.loop.send(.addressesChanged([], removed: Self.served))
        try eventually("both are off") { try onLink() == 0 }
        #expect(try replies(for: Self.served[0]) == 0)
        #expect(try replies(for: Self.served[1]) == 0)
    }

    @Test func theEndOfTheLoopTakesItOff() throws {
        try serve()
        loop.loop.stop()
        #expect(try onLink() == 0)
    }

    /// Another node may have taken over: as the responder falls silent, the kernel does.
    @Test func aLoopThatStandsStillTakesItOffUntilItTurns() throws {
        try serve()
        try loop.whileStalled {
            try eventually("both are off") { try onLink() == 0 }
        }
        try eventually("both are on again") { try onLink() == 2 }
    }

    @Test func aLinkThatLosesCarrierHasItNotAndHasItAgain() throws {
        try serve()
        try test.segment.pull(test.nodePort)
        try eventually("both are off") { try onLink() == 0 }
        let capture = try FrameCapture(in: test.client, on: "eth0", filter: "arp")
        try test.segment.restore(test.nodePort)
        try eventually("both are on again") { try onLink() == 2 }
        try eventually("it is announced anew") {
            try capture.frames.map(SegmentLoopTests.frame)
                .contains(
                    .gratuitousReply(for: TestSegment.served, from: TestSegment.nodeAddress))
        }
    }

    /// What came of an announcement before that would be lost.
    @Test func nothingIsAnnouncedThatTheKernelDoesNotHave() throws {
        let link = try TestSegment.link(in: test.node)
        let host = HostAddress(Self.served[0], on: link.index)
        let withheld = try test.node.enter {
            let responder = try ResponderTests.responder()
            let open = try AnnouncingLink(link)
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256, alignment: 16)
            defer { buffer.deallocate() }
            responder.turns.turned(at: .now())
            responder.publish(
                AnswerTable([
                    .init(link: host.link, address: host.address, isAnsweredByKernel: true)
                ]))
            return try [false, true, false].map { hasIt in
                responder.kernelAnswers(for: host, hasIt)
                let before = responder.counters.withheldCount
                try responder.send(
                    OutgoingFrame(kind: .announcement, address: host.address, link: host.link),
                    on: open, by: buffer)
                return responder.counters.withheldCount - before
            }
        }
        #expect(withheld == [1, 0, 1])
    }

    @Test func aLinkWithoutIPv6HasTheOtherAloneUntilItIsBack() throws {
        try test.node.run("sysctl", ["-qw", "net.ipv6.conf.eth0.disable_ipv6=1"])
        let capture = try FrameCapture(
            in: test.client, on: "eth0", filter: "icmp6 and ip6[40] == 136")
        loop.loop.send(.ownNodePresent(true))
        loop.loop.send(.viewLoaded(Self.facts(), isFresh: true))
        try eventually("the other is on the link") { try onLink() == 1 }
        #expect(capture.frames.isEmpty)
        try test.node.run("sysctl", ["-qw", "net.ipv6.conf.eth0.disable_ipv6=0"])
        try eventually("it is on the link") { try onLink() == 2 }
        try eventually("it is announced") { !capture.frames.isEmpty }
    }

    /// What is answered for again is never off; what is not goes before the kernel would drop it.
    @Test func whatAKilledDaemonLeftIsAdoptedOrTakenOff() throws {
        let test = try TestSegment()
        let link = try TestSegment.link(in: test.node).index
        let other = IPAddress.ipv4(IPv4Address(192, 0, 2, 99))
        try test.node.enter {
            var addresses = HostAddresses()
            for address in [Self.served[0], other] {
                try addresses.add(HostAddress(address, on: link))
            }
        }
        func isThere(_ address: IPAddress) throws -> Bool {
            try test.node.ip("address", "show", "dev", "eth0").contains(" \(address)/32 ")
        }
        let loop = try TestLoop(on: test)
        loop.loop.send(.ownNodePresent(true))
        loop.loop.send(.viewLoaded(Self.facts(), isFresh: true))
        var isAdopted = true
        try eventually("the other is off", within: .seconds(5)) {
            isAdopted = try isAdopted && isThere(Self.served[0])
            return try !isThere(other)
        }
        try eventually("it is announced") { loop.state(of: Self.served[0]) == .announced }
        #expect(try isAdopted && isThere(Self.served[0]))
    }

    /// The pool was edited.
    @Test func anotherModeTakesEffectAtOnce() throws {
        try serve()
        loop.loop.send(.addressesChanged(Self.facts(isPutOnLinks: false), removed: []))
        try eventually("both are off") { try onLink() == 0 }
        #expect(try replies(for: Self.served[0]) == 1)
        #expect(loop.loop.counts.answered == 1, "the responder answers")
        loop.loop.send(.addressesChanged(Self.facts(), removed: []))
        try eventually("both are on") { try onLink() == 2 }
        #expect(try replies(for: Self.served[0]) == 1)
        #expect(loop.loop.counts.answered == 1)
    }

    /// How long the kernel keeps each of them unless it is refreshed, in seconds.
    private func lifetimes() throws -> [Int] {
        try test.node.ip("address", "show", "dev", "eth0").split(separator: "\n")
            .filter { $0.contains("preferred_lft 0sec") }
            .compactMap { $0.split(separator: " ").dropFirst().first }
            .compactMap { Int($0.dropLast(3)) }
    }

    /// It is there longer than a daemon that refreshes nothing would have it.
    @Test func itIsRefreshed() throws {
        try serve()
        var lowest = Int(HostAddress.validSeconds)
        try eventually("the lifetime has run down and begun anew") {
            let now = try lifetimes().min() ?? 0
            lowest = min(lowest, now)
            return lowest < Int(HostAddress.validSeconds) - 1
                && now >= Int(HostAddress.validSeconds) - 1
        }
        #expect(lowest > 3, "three refreshes may fail")
        #expect(try onLink() == 2)
    }

    /// The kernel would let them go, while the node goes on to claim them.
    @Test func aLostSocketCostsATurnAndIsSaid() throws {
        try serve()
        try test.loseNetlinkSockets()
        try eventually("it is said") { loop.loop.hostAddressProblem != nil }
        #expect(loop.loop.hostAddressProblem?.contains("netlink socket for addresses") == true)
        try eventually("it is over") { loop.loop.hostAddressProblem == nil }
        try eventually("both lifetimes begin anew") {
            let lifetimes = try lifetimes()
            return lifetimes.count == 2
                && lifetimes.allSatisfy { $0 >= Int(HostAddress.validSeconds) - 1 }
        }
        loop.loop.send(.addressesChanged([], removed: Self.served))
        try eventually("both are off") { try onLink() == 0 }
    }
}
