import Addressing
import Foundation
import Laboratory
import LinkLayer
import Logging
import Ownership
import Synchronization
import Testing
import Timing
import Wire

@testable import Daemon

/// A segment with a node, on which the loop runs, and a client.
struct TestSegment {
    static let nodeAddress = LinkAddress(bits: 0x0200_5E00_5301)
    static let clientAddress = LinkAddress(bits: 0x0200_5E00_5302)
    static let served = IPv4Address(192, 0, 2, 16)
    static let clientsIPv4 = IPv4Address(192, 0, 2, 2)
    /// 2001:db8::16, of the prefix that both hosts are in.
    static let servedIPv6 = IPv6Address(bits: 0x2001_0DB8 << 96 | 0x16)
    static let clientsIPv6 = IPv6Address(bits: 0x2001_0DB8 << 96 | 2)

    let segment: Segment
    let node: NetworkNamespace
    let client: NetworkNamespace
    /// The node's port at the switch.
    let nodePort: String

    init() throws {
        segment = try Segment()
        node = try NetworkNamespace("node")
        client = try NetworkNamespace("client")
        nodePort = try segment.plug(
            node, addresses: ["192.0.2.1/24", "2001:db8::1/64"],
            linkAddress: "\(Self.nodeAddress)")
        try segment.plug(
            client, addresses: ["192.0.2.2/24", "2001:db8::2/64"],
            linkAddress: "\(Self.clientAddress)")
        try eventually("both links run") {
            try Self.link(in: node).isRunning && Self.link(in: client).isRunning
        }
    }

    static func link(in namespace: NetworkNamespace) throws -> Link {
        try namespace.enter {
            var monitor = try LinkMonitor()
            let table = try monitor.read()
            return try #require(table.link(named: "eth0"))
        }
    }

    /// Asks three times at most, for a second each, whether anybody has the address.
    ///
    /// - Returns: what arping printed; nil when nobody answered.
    func arping(_ address: IPv4Address = served, _ options: [String] = []) throws -> String? {
        let command = try client.run(
            "arping", ["-c", "1", "-w", "1", "-I", "eth0"] + options + ["\(address)"])
        return command.succeeded ? command.output : nil
    }

    /// Puts something else in the place of each netlink socket that asks and that the loop has in the
    /// node's namespace, where nobody else of this process has any.
    func loseNetlinkSockets() throws {
        let rows = try node.run("cat", ["/proc/net/netlink"]).output
            .split(separator: "\n").map { $0.split(separator: " ") }
        // sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode; the kernel's own have no Pid.
        let sockets = rows.filter { $0.count == 10 && $0[1] == "0" && $0[2] != "0" }
            .filter { $0[3] == "00000000" }.map { "socket:[\($0[9])]" }
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(nothing) }
        var lost = 0
        for name in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            let target = try? FileManager.default.destinationOfSymbolicLink(
                atPath: "/proc/self/fd/\(name)")
            guard let target, sockets.contains(target), let descriptor = Int32(name) else {
                continue
            }
            #expect(dup2(nothing, descriptor) == descriptor)
            lost += 1
        }
        #expect(lost > 0)
    }

    /// A socket of the client's, to say what arping does not.
    func clientSocket() throws -> TestSocket {
        let link = try Self.link(in: client)
        return try client.enter {
            TestSocket(try PacketSocket(for: .arp, on: link, filter: .arp))
        }
    }
}

/// A packet socket that was opened on another thread and is used on one only.
struct TestSocket: Sendable {
    nonisolated(unsafe) private let socket: PacketSocket

    init(_ socket: PacketSocket) {
        self.socket = socket
    }

    func send(_ frame: ARPFrame) throws {
        let bytes = ByteWriter.bytes(capacity: ARPFrame.byteCount) { frame.serialize(into: &$0) }
        let isTaken = try bytes.withUnsafeBytes { try socket.send($0) }
        #expect(isTaken)
    }

    /// Sends a frame that may be lost, and forgets what came.
    func flood(_ frame: ARPFrame) throws {
        let bytes = ByteWriter.bytes(capacity: ARPFrame.byteCount) { frame.serialize(into: &$0) }
        _ = try bytes.withUnsafeBytes { try socket.send($0) }
        while try receive() != nil {}
    }

    func receive() throws -> ARPFrame? {
        var bytes = [UInt8](repeating: 0xA5, count: 128)
        return try bytes.withUnsafeMutableBytes { buffer in
            try socket.receive(into: buffer).map { try ARPFrame(parsing: $0) }
        }
    }

    /// Sends a frame, then a request that the responder answers: what it says to the frame comes
    /// first.
    ///
    /// - Parameter answered: an address that is answered for.
    /// - Returns: the answer to the frame; nil when there was none.
    func ask(
        _ frame: ARPFrame, whileServing answered: IPv4Address = TestSegment.served
    ) throws -> ARPFrame? {
        let markersAddress = IPv4Address(203, 0, 113, 1)
        while try receive() != nil {}
        try send(frame)
        try send(.request(for: answered, from: TestSegment.clientAddress, at: markersAddress))
        var answer: ARPFrame?
        try eventually("the marker is answered") {
            while let frame = try receive() {
                guard frame.packet.operation == .reply,
                    frame.destination == TestSegment.clientAddress
                else { continue }
                if frame.packet.targetProtocolAddress == markersAddress { return true }
                answer = answer ?? frame
            }
            return false
        }
        return answer
    }
}

/// The loop on a test segment's node, and what it told.
final class TestLoop: Sendable {
    let loop: SegmentLoop
    private let told: Told

    final class Told: Sendable {
        let reports = Mutex<[OwnershipReport]>([])
        /// While held, the loop's thread stands still as soon as it reports.
        let gate = Mutex(())
    }

    convenience init(on test: TestSegment, profile: HelloProfile = .normal) throws {
        try self.init("n1", in: test.node, profile: profile)
    }

    init(
        _ name: String, in namespace: NetworkNamespace, profile: HelloProfile = .normal,
        interfaces: [String] = ["eth0"], onConflict: ConflictPolicy = .defend,
        answersPing: Bool = false,
        readLinks: @escaping LinkReading = { monitor throws(SystemCallError) in
            try monitor.read()
        }
    ) throws {
        let told = Told()
        self.told = told
        loop = try SegmentLoop(
            configuration: OwnershipConfiguration(
                node: name, profile: profile, interfaces: interfaces, onConflict: onConflict),
            incarnation: 1, logger: Logger(label: "segment") { _ in SwiftLogNoOpLogHandler() },
            answersPing: answersPing,
            report: { report in
                told.reports.withLock { $0.append(report) }
                told.gate.withLock { _ in }
            },
            linksChanged: { _ in }, readLinks: readLinks)
        let loop = loop
        try namespace.enter { try loop.start() }
    }

    deinit { loop.stop() }

    var reports: [OwnershipReport] { told.reports.withLock { $0 } }

    /// Runs `body` while the loop's thread stands still.
    func whileStalled(_ body: () throws -> Void) throws {
        try told.gate.withLock { _ in
            // The thread comes to the gate with the next report; this makes one.
            let probed = IPAddress.ipv4(IPv4Address(192, 0, 2, 99))
            loop.send(.probeRequested([probed]))
            try eventually("the loop has come to the gate") { probeResult(of: probed) != nil }
            try body()
        }
    }

    /// Makes the address one that this node alone may hold, and waits until it is announced.
    func serve(_ address: IPAddress = .ipv4(TestSegment.served)) throws {
        loop.send(.ownNodePresent(true))
        loop.send(
            .viewLoaded([AddressFacts(address, eligibility: .nodes(["n1"]))], isFresh: true))
        try eventually("\(address) is announced") {
            state(of: address) == .announced
        }
    }

    func state(of address: IPAddress) -> AddressState? {
        for case .addressChanged(let status) in reports.reversed()
        where status.address == address {
            return status.state
        }
        return nil
    }

    func probeResult(of address: IPAddress) -> ProbeResult? {
        for case .probeFinished(address, let result) in reports { return result }
        return nil
    }
}
