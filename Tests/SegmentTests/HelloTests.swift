import Addressing
import Foundation
import Laboratory
import LinkLayer
import Ownership
import Testing
import Timing
import Wire

@testable import Daemon

/// Two loops on one segment: hellos over real sockets, one owner an address.
@Suite struct HelloTests {
    static let addresses = (16..<24).map { IPv4Address(192, 0, 2, UInt8($0)) }
    static let key = Array("0123456789abcdef".utf8)
    static let clusterTag = HelloKeyring.clusterTag(namespaceUID: "uid-1")

    let test: TestSegment
    let other: NetworkNamespace

    init() throws {
        test = try TestSegment()
        other = try NetworkNamespace("other")
        try test.segment.plug(
            other, addresses: ["192.0.2.3/24"], linkAddress: "02:00:5e:00:53:03")
    }

    static func keyring(
        _ secrets: [[UInt8]] = [key], tag: UInt64 = clusterTag
    ) throws -> HelloKeyring {
        try #require(
            HelloKeyring(clusterTag: tag, keys: secrets.compactMap { HelloKey(secret: $0) }))
    }

    static let peers = [
        PeerNode("n1", addresses: [.ipv4(IPv4Address(192, 0, 2, 1))]),
        PeerNode("n2", addresses: [.ipv4(IPv4Address(192, 0, 2, 3))]),
    ]

    /// A loop that knows its peers, and that both may hold every address.
    private func loop(_ name: String, keyring: HelloKeyring) throws -> TestLoop {
        let loop = try TestLoop(name, in: name == "n1" ? test.node : other)
        loop.loop.send(keyring)
        loop.loop.send(.peersChanged(Self.peers))
        loop.loop.send(.ownNodePresent(true))
        let facts = Self.addresses.map {
            AddressFacts(.ipv4($0), eligibility: .nodes(["n1", "n2"]))
        }
        loop.loop.send(.viewLoaded(facts, isFresh: true))
        return loop
    }

    @Test func twoNodesShareTheAddressesAndEachHasOneOwner() throws {
        let loops = try [
            loop("n1", keyring: Self.keyring()), loop("n2", keyring: Self.keyring()),
        ]
        try eventually("every address has one owner, the same for both") {
            Self.addresses.allSatisfy { address in
                let owners = loops.map { $0.owner(of: address) }
                return owners[0] != nil && owners[0] == owners[1]
            }
        }
        let owners = Self.addresses.compactMap { loops[0].owner(of: $0) }
        #expect(Set(owners) == ["n1", "n2"])
        for loop in loops {
            let record = loop.loop.hellos
            #expect(record.received > 0 && record.sent > 0 && record.misfits.isEmpty)
            #expect(record.lastHeard.keys.sorted() != [])
        }
        #expect(try test.arping(Self.addresses[0]) != nil)
    }

    /// As a crash is: nothing is handed over.
    @Test func theOtherTakesOverWhatADeadNodeHad() throws {
        let survivor = try loop("n1", keyring: Self.keyring())
        do {
            let victim = try loop("n2", keyring: Self.keyring())
            try eventually("both hold some") {
                Set(Self.addresses.map { survivor.owner(of: $0) }) == ["n1", "n2"]
                    && victim.owner(of: Self.addresses[0]) != nil
            }
            victim.loop.stop()
        }
        try eventually("the survivor has all") {
            Self.addresses.allSatisfy { survivor.owner(of: $0) == "n1" }
        }
        for address in Self.addresses.prefix(3) { #expect(try test.arping(address) != nil) }
    }

    @Test func anotherKeyIsNotedWithItsSource() throws {
        let first = try loop("n1", keyring: Self.keyring())
        let second = try loop("n2", keyring: Self.keyring([Array("another key 0123".utf8)]))
        let source = IPAddress.ipv4(IPv4Address(192, 0, 2, 3))
        try eventually("n1 notes it") { first.loop.hellos.misfits[source]?.reason == .otherKey }
        #expect(first.loop.hellos.refused[.otherKey] ?? 0 > 0)
        // A key for both, as in the course of a rotation: it ends.
        second.loop.send(try Self.keyring())
        try eventually("they understand each other") { first.loop.hellos.misfits.isEmpty }
    }

    @Test func anotherClusterIsNotedWithItsSource() throws {
        let first = try loop("n1", keyring: Self.keyring())
        let second = try loop("n2", keyring: Self.keyring(tag: 7))
        try eventually("n1 notes it") {
            first.loop.hellos.misfits.values.contains { $0.reason == .foreignCluster }
        }
        withExtendedLifetime(second) {}
    }

    /// One row a way to send: the reason that is counted.
    @Test(arguments: [
        ("from no peer", IPv4Address(192, 0, 2, 2), 255, HelloRefusal.unknownPeer),
        ("by a router", IPv4Address(192, 0, 2, 3), 64, .wrongHopLimit),
        ("garbage", IPv4Address(192, 0, 2, 3), 255, .truncated),
    ])
    func refusedDatagramsAreCounted(
        row: String, source: IPv4Address, timeToLive: Int, reason: HelloRefusal
    ) throws {
        let first = try loop("n1", keyring: Self.keyring())
        let second = try loop("n2", keyring: Self.keyring())
        // Whoever hears nobody hears every neighbour.
        try eventually("n2 is heard") { first.loop.hellos.lastHeard["n2"] != nil }
        let host = source == TestSegment.clientsIPv4 ? test.client : other
        try eventually("\(reason) is counted") {
            try Self.send("x", from: host, timeToLive: timeToLive)
            return first.loop.hellos.refused[reason] ?? 0 > 0
        }
        withExtendedLifetime(second) {}
    }

    /// A datagram that is sent again by whoever saw it is refused, and changes nothing.
    @Test func aReplayIsRefused() throws {
        let first = try loop("n1", keyring: Self.keyring())
        let second = try loop("n2", keyring: Self.keyring())
        let capture = try FrameCapture(
            in: other, on: "eth0", filter: "udp dst port 6480 and src host 192.0.2.3")
        try eventually("a hello of n2 is seen") { !capture.frames.isEmpty }
        let hello = try #require(capture.frames.first).bytes.dropFirst(42)
        let octets = hello.map { "\\x" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        try other.run("sysctl", ["-qw", "net.ipv4.ip_default_ttl=255"])
        try eventually("the replay is counted") {
            try other.run("bash", ["-c", "printf '\(octets)' >/dev/udp/192.0.2.1/6480"])
            return first.loop.hellos.refused[.replayed] ?? 0 > 0
        }
        #expect(first.loop.hellos.misfits.isEmpty, "it is not held against the peer")
        withExtendedLifetime(second) {}
    }

    /// A flood by a peer's address: the loop turns on and hears the peer all the same.
    @Test func aFloodIsTakenInShares() throws {
        let first = try loop("n1", keyring: Self.keyring())
        let second = try loop("n2", keyring: Self.keyring())
        try eventually("n2 is heard") { first.loop.hellos.lastHeard["n2"] != nil }
        let flood = try other.start(
            "bash", ["-c", "exec 3>/dev/udp/192.0.2.1/6480; while :; do printf x >&3; done"])
        defer { flood.signal(SIGKILL) }
        let end = Instant.now() + .milliseconds(500)
        var (turns, last) = (0, first.loop.lastTurn)
        while Instant.now() < end {
            if first.loop.lastTurn != last { turns += 1 }
            last = first.loop.lastTurn
            usleep(500)
        }
        #expect(turns >= 5, "\(turns) turns in half a second")
        let heard = try #require(first.loop.hellos.lastHeard["n2"])
        #expect(Instant.now() - heard < .milliseconds(500))
        try eventually("the flood was counted") {
            first.loop.hellos.refused[.wrongHopLimit] ?? 0 > 1_000
        }
        withExtendedLifetime(second) {}
    }

    /// A datagram of one byte to n1's hello port.
    private static func send(
        _ text: String, from host: NetworkNamespace, timeToLive: Int
    ) throws {
        try host.run("sysctl", ["-qw", "net.ipv4.ip_default_ttl=\(timeToLive)"])
        try host.run("bash", ["-c", "echo -n \(text) >/dev/udp/192.0.2.1/6480"])
    }
}

extension TestLoop {
    /// Who answers for the address in this loop's eyes, nil when nobody does.
    func owner(of address: IPv4Address) -> String? { owner(of: .ipv4(address)) }

    func owner(of address: IPAddress) -> String? {
        for case .addressChanged(let status) in reports.reversed()
        where status.address == address {
            return status.owner
        }
        return nil
    }
}
