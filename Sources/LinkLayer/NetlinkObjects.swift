import Addressing
import CLinux
import Glibc
import Wire

/// A link as an RTM_NEWLINK message describes it; nil for other messages.
extension Link {
    init?(_ message: NetlinkMessage) {
        guard message.type == RTM_NEWLINK, let header = message.header(as: ifinfomsg.self) else {
            return nil
        }
        var name: String?
        var address: LinkAddress?
        var mtu: UInt32 = 0
        var isEnslaved = false
        var hasIPv6 = false
        var timesDown: UInt32 = 0
        for attribute in message.attributes(after: ifinfomsg.self) {
            switch attribute.type {
            case Int(IFLA_IFNAME): name = attribute.text
            case Int(IFLA_ADDRESS): address = attribute.linkAddress
            case Int(IFLA_MTU): mtu = attribute.integer(UInt32.self) ?? mtu
            case Int(IFLA_MASTER): isEnslaved = true
            case Int(IFLA_AF_SPEC): hasIPv6 = attribute.saysIPv6
            case Int(IFLA_CARRIER_DOWN_COUNT):
                timesDown = attribute.integer(UInt32.self) ?? timesDown
            default: break
            }
        }
        guard let name else { return nil }
        let running = Kernel.linkUp | Kernel.linkLowerUp
        let withoutARP = Kernel.linkLoopback | Kernel.linkNoARP
        let isEthernet = header.ifi_type == Kernel.hardwareTypeEthernet && address != nil
        self.init(
            index: header.ifi_index, name: name, address: address ?? .zero,
            isRunning: header.ifi_flags & running == running, mtu: Int(mtu),
            isSkippedByKind: isEnslaved || !isEthernet || header.ifi_flags & withoutARP != 0,
            hasIPv6: hasIPv6, timesDown: timesDown)
    }
}

/// An address of a link as an RTM_NEWADDR message describes it.
struct LinkedAddress {
    let linkIndex: Int32
    let address: Link.InterfaceAddress

    /// Nil for other messages, for an IPv6 address that the kernel does not use (yet), and for what
    /// Herald itself put there: that is no address of the node.
    init?(_ message: NetlinkMessage) {
        guard message.type == RTM_NEWADDR, let header = message.header(as: ifaddrmsg.self),
            HostAddress(message) == nil
        else { return nil }
        var local: IPAddress?
        var remote: IPAddress?
        var flags = UInt32(header.ifa_flags)
        for attribute in message.attributes(after: ifaddrmsg.self) {
            switch attribute.type {
            case Int(IFA_LOCAL): local = attribute.ipAddress
            case Int(IFA_ADDRESS): remote = attribute.ipAddress
            case Int(IFA_FLAGS): flags = attribute.integer(UInt32.self) ?? flags
            default: break
            }
        }
        let unusable = UInt32(IFA_F_TENTATIVE | IFA_F_DADFAILED)
        let isUsable = flags & unusable == 0 || flags & UInt32(IFA_F_OPTIMISTIC) != 0
        guard let address = local ?? remote, isUsable,
            Int(header.ifa_prefixlen) <= address.family.bitWidth
        else { return nil }
        linkIndex = Int32(bitPattern: header.ifa_index)
        self.address = Link.InterfaceAddress(address, prefixLength: Int(header.ifa_prefixlen))
    }
}

extension Route {
    /// The routes that an RTM_NEWROUTE or RTM_DELROUTE message describes: one per next hop; none
    /// for other messages, tables but the main one, and routes that forward nothing.
    static func routes(_ message: NetlinkMessage) -> [Route] {
        guard message.type == RTM_NEWROUTE || message.type == RTM_DELROUTE,
            let header = message.header(as: rtmsg.self), header.rtm_type == UInt8(RTN_UNICAST),
            header.rtm_flags & UInt32(RTM_F_CLONED) == 0
        else { return [] }
        var parts = RouteParts(table: UInt32(header.rtm_table))
        for attribute in message.attributes(after: rtmsg.self) { parts.take(attribute) }
        let any = UInt8(AF_INET6) == header.rtm_family ? IPAddress.ipv6(.any) : .ipv4(.any)
        let destination = parts.destination ?? any
        guard parts.table == RT_TABLE_MAIN.rawValue,
            Int(header.rtm_dst_len) <= destination.family.bitWidth
        else { return [] }
        let prefix = Prefix(destination, length: Int(header.rtm_dst_len))
        return parts.nextHops.map {
            Route(
                destination: prefix, gateway: $0.gateway, linkIndex: $0.linkIndex,
                metric: parts.metric)
        }
    }
}

/// What the attributes of a route say.
private struct RouteParts {
    var table: UInt32
    var destination: IPAddress?
    var metric: UInt32 = 0
    private var first = NextHop()
    private var others: [NextHop] = []

    init(table: UInt32) {
        self.table = table
    }

    struct NextHop {
        var linkIndex: Int32 = 0
        var gateway: IPAddress?

        mutating func take(_ attribute: NetlinkAttribute) {
            switch attribute.type {
            case Int(RTA_OIF.rawValue):
                linkIndex = attribute.integer(Int32.self) ?? linkIndex
            case Int(RTA_GATEWAY.rawValue): gateway = attribute.ipAddress
            case Int(RTA_VIA.rawValue): gateway = attribute.gatewayOfOtherFamily
            default: break
            }
        }
    }

    var nextHops: [NextHop] { (others.isEmpty ? [first] : others).filter { $0.linkIndex > 0 } }

    mutating func take(_ attribute: NetlinkAttribute) {
        switch attribute.type {
        case Int(RTA_TABLE.rawValue): table = attribute.integer(UInt32.self) ?? table
        case Int(RTA_DST.rawValue): destination = attribute.ipAddress
        case Int(RTA_PRIORITY.rawValue): metric = attribute.integer(UInt32.self) ?? metric
        case Int(RTA_MULTIPATH.rawValue): others = Self.nextHops(attribute.payload)
        default: first.take(attribute)
        }
    }

    /// RTA_MULTIPATH: a run of `rtnexthop`, each with a length, an interface and attributes.
    private static func nextHops(_ bytes: UnsafeRawBufferPointer) -> [NextHop] {
        let headerBytes = MemoryLayout<rtnexthop>.size
        var rest = bytes
        var hops: [NextHop] = []
        while rest.count >= headerBytes {
            let header = rest.loadUnaligned(as: rtnexthop.self)
            let length = Int(header.rtnh_len)
            guard length >= headerBytes, length <= rest.count else { break }
            var hop = NextHop(linkIndex: header.rtnh_ifindex)
            let attributes = UnsafeRawBufferPointer(rebasing: rest[headerBytes..<length])
            for attribute in NetlinkAttributes(attributes) { hop.take(attribute) }
            hops.append(hop)
            rest = UnsafeRawBufferPointer(rebasing: rest[min((length + 3) & ~3, rest.count)...])
        }
        return hops
    }
}

extension NetlinkAttribute {
    /// IFLA_AF_SPEC, IFLA_INET6_CONF: settings by number, of a link that has IPv6; absent on others,
    /// those with an MTU below 1,280 among them (RFC 8200 §5).
    fileprivate var saysIPv6: Bool {
        let families = NetlinkAttributes(payload)
        guard let ipv6 = families.first(where: { $0.type == Int(AF_INET6) }),
            let settings = NetlinkAttributes(ipv6.payload).first(where: {
                $0.type == Int(IFLA_INET6_CONF)
            })
        else { return false }
        let offset = Kernel.settingDisableIPv6 * MemoryLayout<Int32>.size
        guard settings.payload.count >= offset + MemoryLayout<Int32>.size else { return true }
        return settings.payload.loadUnaligned(fromByteOffset: offset, as: Int32.self) == 0
    }

    /// The payload as an address of the family that its size tells.
    var ipAddress: IPAddress? {
        var reader = ByteReader(payload)
        switch payload.count {
        case 4: return (try? reader.ipv4Address("address")).map(IPAddress.ipv4)
        case 16: return (try? reader.ipv6Address("address")).map(IPAddress.ipv6)
        default: return nil
        }
    }

    /// RTA_VIA: a family, then an address of it.
    fileprivate var gatewayOfOtherFamily: IPAddress? {
        guard payload.count > 2 else { return nil }
        let address = UnsafeRawBufferPointer(rebasing: payload[2...])
        return NetlinkAttribute(type: type, payload: address).ipAddress
    }

    fileprivate var linkAddress: LinkAddress? {
        guard payload.count == 6 else { return nil }
        var reader = ByteReader(payload)
        return try? reader.linkAddress("link address")
    }
}
