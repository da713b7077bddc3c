import Addressing
import CLinux
import CMnl
import Glibc
import Testing

@testable import LinkLayer

/// Bonds as the kernel describes them (`drivers/net/bonding`, `rtnl_fill_ifinfo`): written by hand, for
/// a kernel without that module makes none.
@Suite struct BondTests {
    /// What a message says of one link.
    struct Described {
        var index: Int32
        var name: String
        var flags: UInt32
        var address: [UInt8] = [2, 0, 0x5E, 0, 0x53, 1]
        var master: UInt32?
        /// IFLA_LINKINFO's kind, of the link itself and of its membership.
        var kind: String?
        var slaveKind: String?
        /// IFLA_CARRIER_DOWN_COUNT; kernels before 4.16 have none.
        var timesDown: UInt32?
    }

    static let ready = UInt32(IFF_UP | IFF_RUNNING) | 0x1_0000
    static let isMaster = UInt32(IFF_MASTER)
    static let isSlave = UInt32(IFF_SLAVE)

    static let bond = Described(
        index: 5, name: "bond0", flags: ready | isMaster, kind: "bond")
    static let ports = [2, 3].map {
        Described(
            index: $0, name: "eth\($0)", flags: ready | isSlave, master: 5, slaveKind: "bond")
    }

    @Test func w5TheBondAnnouncesAndItsPortsDoNot() throws {
        let links = ([Self.bond] + Self.ports).compactMap(Self.link)
        #expect(links.map(\.name) == ["bond0", "eth2", "eth3"])
        #expect(links.map(\.mayAnnounce) == [true, false, false])
        #expect(links.allSatisfy { $0.isRunning })
        let table = LinkTable(
            links: links,
            routes: [
                Route(
                    destination: try Prefix("192.0.2.0/24"), gateway: nil, linkIndex: 5,
                    metric: 0)
            ])
        let chosen = table.announcingLinks(for: try IPAddress("192.0.2.16"), named: [])
        #expect(chosen.map(\.name) == ["bond0"])
    }

    @Test func w5APortThatLeavesItsBondIsALinkOfItsOwn() throws {
        var free = Self.ports[0]
        (free.master, free.slaveKind, free.flags) = (nil, nil, Self.ready)
        #expect(try #require(Self.link(free)).mayAnnounce)
    }

    @Test func w5ABondWhoseLastPortIsGoneDoesNotRun() throws {
        var dark = Self.bond
        dark.flags = UInt32(IFF_UP) | Self.isMaster
        #expect(try !#require(Self.link(dark)).isRunning)
    }

    /// A bond takes over the address of another port.
    @Test func w5ItsHardwareAddressIsReadAnew() throws {
        var changed = Self.bond
        changed.address[5] = 0x77
        #expect(try #require(Self.link(changed)).address.bits == 0x0200_5E00_5377)
    }

    /// All of its ports lost their carrier and have it again.
    @Test func w5HowOftenItWasDarkIsRead() throws {
        var described = Self.bond
        #expect(try #require(Self.link(described)).timesDown == 0)
        described.timesDown = 3
        #expect(try #require(Self.link(described)).timesDown == 3)
    }

    private static func link(_ described: Described) -> Link? {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1_024, alignment: 16)
        defer { buffer.deallocate() }
        buffer.copyBytes(from: [UInt8](repeating: 0xA5, count: 1_024))
        guard let header = mnl_nlmsg_put_header(buffer.baseAddress) else { return nil }
        write(described, behind: header)
        var found: Link?
        NetlinkMessage.forEach(in: buffer, count: Int(header.pointee.nlmsg_len)) {
            found = Link($0)
        }
        return found
    }

    private static func write(
        _ described: Described, behind header: UnsafeMutablePointer<nlmsghdr>
    ) {
        header.pointee.nlmsg_type = UInt16(RTM_NEWLINK)
        var fixed = ifinfomsg()
        fixed.ifi_type = 1
        fixed.ifi_index = described.index
        fixed.ifi_flags = described.flags
        mnl_nlmsg_put_extra_header(header, MemoryLayout<ifinfomsg>.size)?
            .storeBytes(of: fixed, as: ifinfomsg.self)
        mnl_attr_put_strz(header, UInt16(IFLA_IFNAME), described.name)
        mnl_attr_put_u32(header, UInt16(IFLA_MTU), 1_500)
        if let master = described.master {
            mnl_attr_put_u32(header, UInt16(IFLA_MASTER), master)
        }
        if let count = described.timesDown {
            mnl_attr_put_u32(header, UInt16(IFLA_CARRIER_DOWN_COUNT), count)
        }
        var address = described.address
        mnl_attr_put(header, UInt16(IFLA_ADDRESS), address.count, &address)
        guard let nest = mnl_attr_nest_start(header, UInt16(IFLA_LINKINFO)) else { return }
        if let kind = described.kind {
            mnl_attr_put_strz(header, UInt16(IFLA_INFO_KIND), kind)
        }
        if let kind = described.slaveKind {
            mnl_attr_put_strz(header, UInt16(IFLA_INFO_SLAVE_KIND), kind)
        }
        mnl_attr_nest_end(header, nest)
    }
}
