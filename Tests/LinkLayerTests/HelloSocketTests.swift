import Addressing
import Foundation
import Laboratory
import Testing
import Timing
import Wire

@testable import LinkLayer

/// Hello sockets of two nodes on one segment, and of one node on two.
@Suite struct HelloSocketTests {
    static let near = IPAddress.ipv4(IPv4Address(192, 0, 2, 1))
    static let far = IPAddress.ipv4(IPv4Address(192, 0, 2, 2))
    static let nearIPv6 = IPAddress.ipv6(IPv6Address(bits: 0x2001_0DB8 << 96 | 1))
    static let farIPv6 = IPAddress.ipv6(IPv6Address(bits: 0x2001_0DB8 << 96 | 2))

    let segment: Segment
    let near: NetworkNamespace
    let far: NetworkNamespace

    init() throws {
        segment = try Segment()
        near = try NetworkNamespace("near")
        far = try NetworkNamespace("far")
        try segment.plug(near, addresses: ["192.0.2.1/24", "2001:db8::1/64"])
        try segment.plug(far, addresses: ["192.0.2.2/24", "2001:db8::2/64"])
    }

    /// The socket of `node` on a link, for use on this thread only.
    private static func socket(
        in node: NetworkNamespace, on name: String = "eth0", _ family: AddressFamily = .ipv4
    ) throws -> Held {
        try node.enter {
            var monitor = try LinkMonitor()
            let link = try #require(try monitor.read().link(named: name))
            return Held(try HelloSocket(on: link, family), in: node)
        }
    }

    /// A socket that is used on one thread at a time.
    private struct Held: Sendable {
        nonisolated(unsafe) let socket: HelloSocket
        let node: NetworkNamespace

        init(_ socket: HelloSocket, in node: NetworkNamespace) {
            self.socket = socket
            self.node = node
        }

        /// In the node, for the first datagram to a host opens a socket.
        func send(_ datagram: [UInt8], to destination: IPAddress) throws -> Bool {
            try node.enter { try socket.send(datagram, to: destination) }
        }

        /// Everything that waits, at most as much as one call takes.
        func receiveAll(
            routine: Bool = false
        ) throws -> [(datagram: DatagramBatch.Datagram, bytes: [UInt8])] {
            var batch = DatagramBatch(capacity: 64)
            try socket.receive(into: &batch, routine: routine)
            return (0..<batch.count).map { (batch.datagram($0), Array(batch.bytes($0))) }
        }

        func awaitDatagram() throws -> (datagram: DatagramBatch.Datagram, bytes: [UInt8]) {
            try #require(try awaitDatagrams(1).first)
        }

        /// The first `count` to arrive.
        func awaitDatagrams(
            _ count: Int
        ) throws -> [(datagram: DatagramBatch.Datagram, bytes: [UInt8])] {
            var found: [(DatagramBatch.Datagram, [UInt8])] = []
            try eventually("\(count) datagrams arrive") {
                found += try receiveAll()
                return found.count >= count
            }
            return found
        }
    }

    @Test func aDatagramArrivesWithSourceTTLAndTime() throws {
        let (sender, receiver) = try (Self.socket(in: near), Self.socket(in: far))
        #expect(try receiver.receiveAll().isEmpty)
        let before = Instant.now()
        #expect(try sender.send(Array("hello".utf8), to: Self.far))
        let (datagram, bytes) = try receiver.awaitDatagram()
        #expect(bytes == Array("hello".utf8))
        #expect(datagram.length == 5)
        #expect(datagram.source == Self.near)
        #expect(datagram.timeToLive == 255)
        // The stamp comes by way of the wall clock, whose reading is not the same instant.
        #expect(datagram.received > before - .milliseconds(50))
        #expect(datagram.received <= .now())
    }

    /// The kernel tells hellos that say nothing new from all else by what they say of themselves.
    @Test(arguments: [AddressFamily.ipv4, .ipv6])
    func routineHellosHaveASocketOfTheirOwn(_ family: AddressFamily) throws {
        let target = family == .ipv4 ? Self.far : Self.farIPv6
        let (sender, receiver) = try (
            Self.socket(in: near, family), Self.socket(in: far, family)
        )
        var hello = Hello(
            node: "n1", incarnation: 1, sequence: 1, periodMilliseconds: 50, misses: 5,
            flags: [.serving, .routine], linkAddress: LinkAddress(bits: 1), addresses: [],
            poolSetHash: 0)
        let keyring = try #require(
            HelloKey(secret: Array(repeating: 7, count: 32))
                .flatMap { HelloKeyring(clusterTag: 1, keys: [$0]) })
        let routine = keyring.seal(hello)
        hello.flags = [.serving, .unsteady]
        let news = keyring.seal(hello)
        for datagram in [routine, news, Array(routine.prefix(36)), []] {
            #expect(try sender.send(datagram, to: target))
        }
        let lengths = try receiver.awaitDatagrams(3).map(\.datagram.length)
        #expect(lengths == [news.count, 36, 0])
        #expect(try receiver.receiveAll(routine: true).map(\.datagram.length) == [routine.count])
        #expect(receiver.socket.routineDescriptorNumber != receiver.socket.descriptorNumber)
    }

    /// Sockets that share a port must not share it with another daemon's.
    @Test func aSecondDaemonFindsThePortTaken() throws {
        let first = try Self.socket(in: far)
        #expect(throws: SystemCallError.self) { _ = try Self.socket(in: far) }
        withExtendedLifetime(first) {}
    }

    /// Beside that of IPv4: the two families' sockets have the same port.
    @Test func aDatagramOfIPv6ArrivesWithSourceHopLimitAndTime() throws {
        let ipv4 = try Self.socket(in: far)
        let (sender, receiver) = try (
            Self.socket(in: near, .ipv6), Self.socket(in: far, .ipv6)
        )
        let before = Instant.now()
        #expect(try sender.send(Array("hello".utf8), to: Self.farIPv6))
        let (datagram, bytes) = try receiver.awaitDatagram()
        #expect(bytes == Array("hello".utf8))
        #expect(datagram.length == 5)
        #expect(datagram.source == Self.nearIPv6)
        #expect(datagram.timeToLive == 255)
        #expect(datagram.received > before - .milliseconds(50))
        #expect(datagram.received <= .now())
        #expect(try ipv4.receiveAll().isEmpty)
    }

    /// A link-local address means something on this link only, which the socket is bound to.
    @Test func aDatagramGoesToALinkLocalAddress() throws {
        let receiver = try Self.socket(in: far, .ipv6)
        let sender = try Self.socket(in: near, .ipv6)
        try near.ip("address", "add", "fe80::1/64", "dev", "eth0", "nodad")
        try far.ip("address", "add", "fe80::2/64", "dev", "eth0", "nodad")
        try eventually("it arrives") {
            _ = try sender.send([1], to: .ipv6(IPv6Address(bits: 0xFE80 << 112 | 2)))
            return try receiver.receiveAll().contains {
                $0.bytes == [1] && $0.datagram.source.isLinkLocal
            }
        }
    }

    @Test func anotherHopLimitIsTold() throws {
        let receiver = try Self.socket(in: far, .ipv6)
        try near.run("bash", ["-c", "echo -n x >/dev/udp/2001:db8::2/6480"])
        #expect(try receiver.awaitDatagram().datagram.timeToLive == 64)
    }

    /// RFC 5082: what a router passed on, or a program sent as programs do, is told apart.
    @Test func anotherTTLIsTold() throws {
        let receiver = try Self.socket(in: far)
        try near.run("bash", ["-c", "echo -n x >/dev/udp/192.0.2.2/6480"])
        #expect(try receiver.awaitDatagram().datagram.timeToLive == 64)
    }

    /// The stamp is the kernel's: a datagram that waited is as old as it is.
    @Test func theTimeIsThatOfTheArrival() throws {
        let (sender, receiver) = try (Self.socket(in: near), Self.socket(in: far))
        for text in ["first", "last"] {
            #expect(try sender.send(Array(text.utf8), to: Self.far))
        }
        let sent = Instant.now()
        usleep(50_000)
        for (datagram, _) in try receiver.awaitDatagrams(2) {
            #expect(datagram.received < sent + .milliseconds(25))
        }
    }

    /// One call may take several, each with its own bytes and facts; what is over waits for the next.
    @Test func eachDatagramHasItsOwnBytesAndFacts() throws {
        let (sender, receiver) = try (Self.socket(in: near), Self.socket(in: far))
        let count = DatagramBatch.countMax + 3
        for number in 0..<count {
            let text = [UInt8](repeating: UInt8(number), count: number + 1)
            #expect(try sender.send(text, to: Self.far))
        }
        let all = try receiver.awaitDatagrams(count)
        #expect(all.map(\.datagram.length) == Array(1...count))
        #expect(
            all.map(\.bytes) == (0..<count).map { .init(repeating: UInt8($0), count: $0 + 1) })
        #expect(all.allSatisfy { $0.datagram.source == Self.near })
        #expect(all.allSatisfy { $0.datagram.timeToLive == 255 })
    }

    @Test func aDatagramThatDoesNotFitIsToldByItsLength() throws {
        let (sender, receiver) = try (Self.socket(in: near), Self.socket(in: far))
        #expect(try sender.send([UInt8](repeating: 1, count: 100), to: Self.far))
        let (datagram, bytes) = try receiver.awaitDatagram()
        #expect(datagram.length == 100)
        #expect(bytes == [UInt8](repeating: 1, count: 64))
    }

    /// Each link has its own: what comes in by one is not seen at the other.
    @Test func everyLinkHasASocketOfItsOwn() throws {
        let second = try Segment()
        let stranger = try NetworkNamespace("stranger")
        try second.plug(far, as: "eth1", addresses: ["198.51.100.2/24"])
        try second.plug(stranger, addresses: ["198.51.100.1/24"])
        let (first, other) = try (
            Self.socket(in: far), Self.socket(in: far, on: "eth1")
        )
        let sender = try Self.socket(in: stranger)
        #expect(try sender.send([1], to: .ipv4(IPv4Address(198, 51, 100, 2))))
        #expect(try other.awaitDatagram().datagram.source == .ipv4(IPv4Address(198, 51, 100, 1)))
        #expect(try first.receiveAll().isEmpty)
    }

    @Test func aSecondSocketOnTheLinkIsRefused() throws {
        let first = try Self.socket(in: near)
        #expect(throws: SystemCallError.self) { try Self.socket(in: near) }
        withExtendedLifetime(first) {}
    }

    /// What waits for the link-layer addresses of hosts that are gone must not silence the rest.
    @Test func hostsThatAreGoneDoNotSilenceTheOthers() throws {
        let (sender, receiver) = try (Self.socket(in: near), Self.socket(in: far))
        let hello = [UInt8](repeating: 7, count: 1_200)
        for _ in 0..<100 {
            for host in UInt8(100)..<110 {
                _ = try sender.send(hello, to: .ipv4(IPv4Address(192, 0, 2, host)))
            }
        }
        #expect(try sender.send([1], to: Self.far))
        #expect(try receiver.awaitDatagram().bytes == [1])
    }

    /// A route that is missing, a link that is down, a packet filter: lost, and tried again.
    @Test func whatTheKernelDoesNotTakeIsLost() throws {
        let (sender, receiver) = try (Self.socket(in: near), Self.socket(in: far))
        try near.run(
            "nft", ["add table ip t; add chain ip t o { type filter hook output priority 0; }"])
        try near.run("nft", ["add rule ip t o udp dport 6480 drop"])
        #expect(try !sender.send([1], to: Self.far))
        try near.run("nft", ["delete table ip t"])
        try near.ip("link", "set", "eth0", "down")
        #expect(try !sender.send([2], to: Self.far))
        try near.ip("link", "set", "eth0", "up")
        try eventually("it is good again") {
            _ = try sender.send([3], to: Self.far)
            return try receiver.receiveAll().first?.bytes == [3]
        }
    }
}
