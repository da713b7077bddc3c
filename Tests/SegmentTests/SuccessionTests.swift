import Addressing
import Foundation
import Laboratory
import LinkLayer
import Ownership
import Testing
import Timing
import Wire

@testable import Daemon

/// Two loops on one segment, of which one ends: what becomes of its address, as the wire has it
/// (BEHAVIOUR W7).
@Suite struct SuccessionTests {
    private let test: TestSegment
    private let other: NetworkNamespace

    init() throws {
        test = try TestSegment()
        other = try NetworkNamespace("other")
        try test.segment.plug(
            other, addresses: ["192.0.2.3/24", "2001:db8::3/64"],
            linkAddress: "02:00:5e:00:53:03")
    }

    private func loop(_ name: String, _ address: IPAddress, _ profile: HelloProfile) throws
        -> TestLoop
    {
        let loop = try TestLoop(
            name, in: name == "n1" ? test.node : other, profile: profile)
        loop.loop.send(try HelloTests.keyring())
        loop.loop.send(.peersChanged(HelloTests.peers))
        loop.loop.send(.ownNodePresent(true))
        loop.loop.send(
            .viewLoaded(
                [
                    AddressFacts(address, eligibility: .nodes(["n1", "n2"])),
                    AddressFacts(Self.ofN1, eligibility: .nodes(["n1"])),
                ], isFresh: true))
        return loop
    }

    /// That n1 has it says that n1 is past its start.
    private static let ofN1 = IPAddress.ipv4(IPv4Address(192, 0, 2, 31))

    /// n2 has the address, and n1 could have it.
    private func owned(
        _ address: IPAddress, _ profile: HelloProfile
    ) throws -> (successor: TestLoop, owner: TestLoop) {
        let owner = try loop("n2", address, profile)
        try eventually("n2 has it") { owner.state(of: address) == .announced }
        let successor = try loop("n1", address, profile)
        try eventually("n1 knows it, and serves") {
            successor.owner(of: address) == "n2" && successor.state(of: Self.ofN1) == .announced
        }
        return (successor, owner)
    }

    static let rows: [(HelloProfile, IPAddress)] = [HelloProfile.normal, .fast].flatMap {
        [($0, .ipv4(TestSegment.served)), ($0, .ipv6(TestSegment.servedIPv6))]
    }

    /// As a crash is: nothing is handed over. From the last hello to the first announcement; the best
    /// of three, for the machine may be busy with other things.
    @Test(arguments: rows)
    func w7ADeadNodeIsSucceededWithinTheDetectionTimeAnd100Milliseconds(
        profile: HelloProfile, address: IPAddress
    ) throws {
        let limit = profile.detectionTime + .milliseconds(100)
        var times: [Duration] = []
        for _ in 0..<3 where !times.contains(where: { $0 < limit }) {
            times.append(try succession(address, profile))
        }
        #expect(times.contains { $0 < limit }, "\(address): \(times), wanted \(limit)")
    }

    private func succession(_ address: IPAddress, _ profile: HelloProfile) throws -> Duration {
        let (successor, owner) = try owned(address, profile)
        let capture = try FrameCapture(
            in: test.client, on: "eth0", filter: "ether src \(TestSegment.nodeAddress)")
        let hellos = try FrameCapture(
            in: other, on: "eth0", filter: "udp dst port 6480 and src host 192.0.2.3")
        try eventually("a hello is seen") { !hellos.frames.isEmpty }
        owner.loop.stop()
        let announcement = Self.announcement(of: address)
        try eventually("the successor announces") {
            capture.frames.contains { $0.bytes == announcement }
        }
        let first = try #require(capture.frames.first { $0.bytes == announcement }).nanoseconds
        let last = try #require(hellos.frames.last { $0.nanoseconds < first }).nanoseconds
        withExtendedLifetime(successor) {}
        return .nanoseconds(first - last)
    }

    private static func announcement(of address: IPAddress) -> [UInt8] {
        switch address {
        case .ipv4(let address):
            ByteWriter.bytes(capacity: ARPFrame.byteCount) {
                ARPFrame.gratuitousReply(for: address, from: TestSegment.nodeAddress)
                    .serialize(into: &$0)
            }
        case .ipv6(let address):
            TestDiscovery.bytes(.unsolicited(for: address, from: TestSegment.nodeAddress))
        }
    }

    /// As on SIGTERM. Each question is told from the others by who asks.
    @Test func w7AStoppedNodeHandsOverFirst() throws {
        let (successor, owner) = try owned(.ipv4(TestSegment.served), .normal)
        let socket = try test.clientSocket()
        let asker = IPv4Address(10, 0, 0, 0)
        var (asked, answered) = (UInt32(0), Set<IPv4Address>())
        func ask(_ count: Int) throws {
            for _ in 0..<count {
                asked += 1
                try socket.send(
                    .request(
                        for: TestSegment.served, from: TestSegment.clientAddress,
                        at: IPv4Address(bits: asker.bits + asked)))
                usleep(1_000)
                try hear()
            }
        }
        func hear() throws {
            while let frame = try socket.receive() {
                guard frame.packet.operation == .reply else { continue }
                answered.insert(frame.packet.targetProtocolAddress)
            }
        }
        try ask(50)
        owner.loop.mailbox.post(.leave)
        try eventually("n1 has it") {
            try ask(10)
            return successor.state(of: .ipv4(TestSegment.served)) == .announced
        }
        try ask(50)
        // Nothing is under way on a wire of this kind by now.
        try eventually("the last question is answered") {
            try hear()
            return answered.contains(IPv4Address(bits: asker.bits + asked))
        }
        let missing = (1...asked).filter { !answered.contains(IPv4Address(bits: asker.bits + $0)) }
        #expect(missing == [], "of \(asked)")
    }
}
