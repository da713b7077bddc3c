import Addressing
import Foundation
import Laboratory
import Testing
import Wire

@testable import LinkLayer

/// Memberships in IPv6 groups, as the kernel counts them and says them on the wire.
@Suite struct GroupMembershipTests {
    let segment: Segment
    let node: NetworkNamespace

    init() throws {
        segment = try Segment()
        node = try NetworkNamespace("node")
        // The groups of the kernel's own addresses are none of the test's.
        try segment.plug(
            node, addresses: ["2001:db8::1/64"], linkAddress: "02:00:5e:00:53:01")
    }

    static func group(_ number: Int) -> IPv6Address {
        IPv6Address(bits: 0x2001_0DB8 << 96 | UInt128(0x10_0000 + number)).solicitedNodeGroup
    }

    /// Used on one thread at a time.
    private struct Held: Sendable {
        nonisolated(unsafe) let memberships = GroupMemberships()
        let node: NetworkNamespace
        let link: Int32

        init(in node: NetworkNamespace) throws {
            self.node = node
            link = try node.enter {
                var monitor = try LinkMonitor()
                return try #require(try monitor.read().link(named: "eth0")).index
            }
        }

        /// In the node, for a group may open a socket.
        func join(_ numbers: Range<Int>) throws {
            try node.enter {
                for number in numbers { try memberships.join(group(number)) }
            }
        }

        func group(_ number: Int) -> LinkGroup {
            LinkGroup(GroupMembershipTests.group(number), on: link)
        }
    }

    /// The kernel's own list: proc(5), /proc/net/igmp6.
    private func listed() throws -> [Substring] {
        let run = try node.run("cat", ["/proc/net/igmp6"])
        return run.output.split(separator: "\n")
            .compactMap { $0.split(separator: " ").dropFirst(2).first }
            .filter { $0.hasPrefix("ff0200000000000000000001ff1") }
    }

    @Test func groupsAreJoinedOnceAndLeft() throws {
        let held = try Held(in: node)
        try held.join(0..<3)
        try held.join(0..<3)
        #expect(try listed().count == 3)
        #expect(held.memberships.contains(held.group(2)))
        held.memberships.leave(held.group(1))
        held.memberships.leave(held.group(1))
        #expect(try listed().sorted().map { $0.suffix(2) } == ["00", "02"])
        #expect(!held.memberships.contains(held.group(1)))
        held.memberships.leave(held.group(0))
        held.memberships.leave(held.group(2))
        #expect(try listed().isEmpty)
        #expect(held.memberships.socketCount == 0)
    }

    /// Thousands of addresses, many sockets.
    @Test func w3ThousandsOfGroupsAreSpreadOverSockets() throws {
        let held = try Held(in: node)
        let count = 5_000
        try held.join(0..<count)
        #expect(try listed().count == count)
        let limit = GroupMemberships.groupsPerSocketMax
        #expect(held.memberships.socketCount == (count + limit - 1) / limit)
        for number in 0..<count { held.memberships.leave(held.group(number)) }
        #expect(try listed().isEmpty)
    }

    /// A socket's option memory is bounded by net.core.optmem_max, which may be less than reckoned
    /// with: the next socket takes over.
    @Test func aSocketThatHasNoMemoryLeftIsFollowedByAnother() throws {
        try node.run("sysctl", ["-qw", "net.core.optmem_max=2048"])
        let held = try Held(in: node)
        try held.join(0..<200)
        #expect(try listed().count == 200)
        #expect((6...20).contains(held.memberships.socketCount), "of 32 to 36 groups each")
    }

    /// RFC 3810 §5.2: a report says that this host listens, and later that it does no more.
    @Test func w3ReportsLeaveOnTheWire() throws {
        let capture = try FrameCapture(
            in: segment.namespace, on: "br0", filter: "ip6[6] == 0 and ip6[48] == 143")
        let held = try Held(in: node)
        try held.join(0..<1)
        func isReported(_ record: UInt8) -> Bool {
            let wanted = hexadecimal([record, 0, 0, 0]) + hexadecimal(Self.group(0))
            return capture.frames.contains { hexadecimal($0.bytes).contains(wanted) }
        }
        try eventually("CHANGE_TO_EXCLUDE, of nothing: it listens") { isReported(4) }
        held.memberships.leave(held.group(0))
        try eventually("CHANGE_TO_INCLUDE, of nothing: it does no more") { isReported(3) }
    }

    @Test func aLinkThatIsNotThereIsAnError() throws {
        let error = #expect(throws: SystemCallError.self) {
            try node.enter {
                try GroupMemberships().join(LinkGroup(Self.group(1), on: 4_711))
            }
        }
        #expect(try #require(error).errno == ENODEV)
        #expect("\(try #require(error))".contains("ff02::1:ff10:1 of link 4711"))
    }

    /// The kernel has left the groups of a link that is gone; to leave them again is no error, and
    /// makes room.
    @Test func aLinkThatIsDeletedIsLeft() throws {
        let held = try Held(in: node)
        try held.join(0..<3)
        try node.ip("link", "delete", "eth0")
        for number in 0..<3 { held.memberships.leave(held.group(number)) }
        #expect(held.memberships.socketCount == 0)
    }

    private func hexadecimal(_ address: IPv6Address) -> String {
        hexadecimal((0..<16).map { UInt8(truncatingIfNeeded: address.bits >> (120 - 8 * $0)) })
    }

    private func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
