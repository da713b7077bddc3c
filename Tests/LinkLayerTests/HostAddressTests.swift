import Addressing
import CLinux
import CMnl
import Glibc
import Laboratory
import Testing
import Timing

@testable import LinkLayer

/// Addresses that Herald puts on links, as the kernel has them.
@Suite struct HostAddressTests {
    private let segment: Segment
    private let node: NetworkNamespace
    private let link: Int32

    static let addresses: [IPAddress] = [
        .ipv4(IPv4Address(192, 0, 2, 16)), .ipv6(IPv6Address(bits: 0x2001_0DB8 << 96 | 0x16)),
    ]

    init() throws {
        node = try NetworkNamespace()
        let segment = try Segment()
        try segment.plug(node, addresses: ["192.0.2.1/24", "2001:db8::1/64"])
        link = try node.enter {
            var monitor = try LinkMonitor()
            return try monitor.read().link(named: "eth0")?.index ?? 0
        }
        self.segment = segment
    }

    /// The line of ip(8) that names the address, and the one behind it.
    private func shown(_ address: IPAddress) throws -> String? {
        let lines = try node.ip("address", "show", "dev", "eth0").split(separator: "\n")
        let length = address.family.bitWidth
        guard let index = lines.firstIndex(where: { $0.contains(" \(address)/\(length) ") })
        else { return nil }
        return lines[index...].prefix(2).joined()
    }

    /// What the fields of one address are for: no route, no source, no waiting, an end.
    @Test(arguments: addresses)
    func anAddressIsPutThereAsOneThatIsNeverASourceAndEnds(address: IPAddress) throws {
        let (node, host) = (node, HostAddress(address, on: link))
        try node.enter {
            var addresses = HostAddresses()
            try addresses.add(host)
        }
        let text = try #require(try shown(address))
        for part in [
            address.family == .ipv4 ? "scope host" : "scope global", "deprecated",
            "noprefixroute", "valid_lft 10sec", "preferred_lft 0sec",
        ] + (address.family == .ipv6 ? ["nodad"] : []) {
            #expect(text.contains(part), "\(part) in \(text)")
        }
        #expect(!text.contains("tentative"))
        #expect(try node.ip("route", "show", "\(address)").isEmpty, "no route of the main table")
    }

    @Test func itIsReadBackRefreshedAndTakenOff() throws {
        let node = node
        let hosts = Self.addresses.map { HostAddress($0, on: link) }
        try node.enter {
            var addresses = HostAddresses()
            for host in hosts { try addresses.add(host) }
            let read = try addresses.read()
            #expect(read == hosts)
            for host in hosts {
                #expect(throws: SystemCallError.self) { try addresses.add(host) }
                try addresses.refresh(host)
                try addresses.remove(host)
                try addresses.remove(host)
            }
            let left = try addresses.read()
            #expect(left.isEmpty)
        }
    }

    /// A killed daemon's address goes by itself; the kernel looks once a second or so.
    @Test func whatIsNotRefreshedGoesByItself() throws {
        let node = node
        let hosts = Self.addresses.map { HostAddress($0, on: link) }
        let begun = Instant.now()
        try node.enter {
            var addresses = HostAddresses()
            for host in hosts { try addresses.add(host) }
        }
        let valid = Duration.seconds(Int(HostAddress.validSeconds))
        try eventually("both are gone", within: valid + .seconds(5)) {
            try Self.addresses.allSatisfy { try shown($0) == nil }
        }
        #expect(Instant.now() - begun >= valid - .seconds(1))
    }

    /// Not an address of the node, for whoever asks which those are; nor any reason to ask again.
    @Test func theTableOfLinksDoesNotHaveIt() throws {
        let node = node
        let hosts = Self.addresses.map { HostAddress($0, on: link) }
        try node.enter {
            var monitor = try LinkMonitor()
            try LinkMonitorTests.waitForRest(&monitor)
            let before = try monitor.read()
            var addresses = HostAddresses()
            for host in hosts { try addresses.add(host) }
            let isToldOfAddition = try monitor.drainChanges()
            let during = try monitor.read()
            for host in hosts { try addresses.remove(host) }
            let isToldOfRemoval = try monitor.drainChanges()
            #expect(!isToldOfAddition && !isToldOfRemoval)
            #expect(during == before)
            #expect(before.nodeAddresses(first: "eth0").first == .ipv4(IPv4Address(192, 0, 2, 1)))
        }
    }

    /// Also when the node has no other address on the link.
    @Test func aLinkWithNothingElseHasNoSourceInIt() throws {
        let (node, host) = (node, HostAddress(Self.addresses[0], on: link))
        try node.ip("address", "delete", "192.0.2.1/24", "dev", "eth0")
        try node.ip("route", "add", "192.0.2.0/24", "dev", "eth0")
        try node.enter {
            var addresses = HostAddresses()
            try addresses.add(host)
        }
        let route = try node.ip("route", "get", "192.0.2.2")
        #expect(!route.contains("src 192.0.2.16"), "\(route)")
    }

    @Test(arguments: addresses)
    func anotherHandsAddressIsNeitherOursNorTouched(address: IPAddress) throws {
        let (node, host) = (node, HostAddress(address, on: link))
        let prefix = "\(address)/\(address.family.bitWidth)"
        try node.ip("address", "add", prefix, "dev", "eth0")
        try node.enter {
            var addresses = HostAddresses()
            let read = try addresses.read()
            #expect(read.isEmpty)
            let error = #expect(throws: SystemCallError.self) { try addresses.add(host) }
            #expect(error?.errno == EEXIST)
        }
        #expect(try #require(try shown(address)).contains("valid_lft forever"))
    }

    @Test func aLinkThatIsGoneHasNothingToTakeOff() throws {
        let node = node
        try node.enter {
            var addresses = HostAddresses()
            let gone = HostAddress(Self.addresses[0], on: 999)
            try addresses.remove(gone)
            let error = #expect(throws: SystemCallError.self) { try addresses.add(gone) }
            #expect(error?.errno == ENODEV)
        }
    }

    // MARK: - Kernels that keep no mark

    struct Row: CustomTestStringConvertible, Sendable {
        let name: String
        var origin: UInt8?
        var prefixLength: UInt8 = 32
        var flags = UInt32(IFA_F_NOPREFIXROUTE | IFA_F_DEPRECATED)
        var valid: UInt32 = 7
        var preferred: UInt32 = 0
        let isOurs: Bool
        var testDescription: String { name }
    }

    @Test(arguments: [
        Row(name: "ours, without a mark", isOurs: true),
        Row(name: "ours, with it", origin: 0x48, isOurs: true),
        Row(name: "another's mark", origin: 0x49, isOurs: false),
        Row(name: "with a prefix", prefixLength: 24, isOurs: false),
        Row(name: "our mark, but a prefix", origin: 0x48, prefixLength: 24, isOurs: false),
        Row(name: "with a route", flags: UInt32(IFA_F_DEPRECATED), isOurs: false),
        Row(name: "a source", flags: UInt32(IFA_F_NOPREFIXROUTE), preferred: 5, isOurs: false),
        Row(name: "for longer", valid: 11, isOurs: false),
        Row(name: "for ever", valid: .max, isOurs: false),
    ])
    func itIsKnownByWhatNobodyElsesHas(row: Row) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 512, alignment: 16)
        defer { buffer.deallocate() }
        buffer.copyBytes(from: [UInt8](repeating: 0xA5, count: 512))
        let count = Self.write(row, into: buffer)
        var found: [HostAddress?] = []
        NetlinkMessage.forEach(in: buffer, count: count) { found.append(HostAddress($0)) }
        #expect(
            found == [
                row.isOurs ? HostAddress(.ipv4(IPv4Address(192, 0, 2, 16)), on: 2) : nil
            ])
    }

    private static func write(_ row: Row, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard let header = mnl_nlmsg_put_header(buffer.baseAddress) else { return 0 }
        header.pointee.nlmsg_type = UInt16(RTM_NEWADDR)
        var fixed = ifaddrmsg()
        fixed.ifa_family = UInt8(AF_INET)
        fixed.ifa_prefixlen = row.prefixLength
        fixed.ifa_index = 2
        mnl_nlmsg_put_extra_header(header, MemoryLayout<ifaddrmsg>.size)?
            .storeBytes(of: fixed, as: ifaddrmsg.self)
        var address: [UInt8] = [192, 0, 2, 16]
        mnl_attr_put(header, UInt16(IFA_LOCAL), 4, &address)
        mnl_attr_put_u32(header, UInt16(IFA_FLAGS), row.flags)
        if let origin = row.origin { mnl_attr_put_u8(header, UInt16(IFA_PROTO), origin) }
        var lifetimes = ifa_cacheinfo()
        (lifetimes.ifa_valid, lifetimes.ifa_prefered) = (row.valid, row.preferred)
        mnl_attr_put(
            header, UInt16(IFA_CACHEINFO), MemoryLayout<ifa_cacheinfo>.size, &lifetimes)
        return Int(header.pointee.nlmsg_len)
    }
}
