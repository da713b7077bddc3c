import Addressing
import CLinux
import CMnl
import Glibc
import Wire

/// Puts Herald's addresses on links and takes them off (rtnetlink(7)).
///
/// Each is alone in its prefix and brings no route, is never chosen as a source (IPv4: scope host;
/// IPv6: deprecated, RFC 6724 rule 3), is used at once (no duplicate address detection: it was
/// probed before), and goes by itself unless it is refreshed in time.
///
/// Owned by one thread at a time. A call may wait for the kernel's lock on its links; one that fails
/// closes the socket, and the next has another.
package struct HostAddresses: ~Copyable {
    private var socket: NetlinkSocket?

    package init() {}

    /// What Herald put on links, whichever daemon it was, in ascending order.
    package mutating func read() throws(SystemCallError) -> [HostAddress] {
        // A torn dump lacks an address or has it twice: the next reading tells.
        var found: Set<HostAddress> = []
        try withSocket { socket throws(SystemCallError) in
            _ = try socket.dump((RTM_GETADDR, AF_UNSPEC, MemoryLayout<ifaddrmsg>.size)) {
                if let address = HostAddress($0) { found.insert(address) }
            }
        }
        return found.sorted()
    }

    /// Puts an address on its link.
    ///
    /// Throws EEXIST, and changes nothing, when it is there already, whoever put it there.
    package mutating func add(_ address: HostAddress) throws(SystemCallError) {
        try put(address, flags: NLM_F_CREATE | NLM_F_EXCL)
    }

    /// Has the lifetime of an address of Herald's begin anew; puts it there when it is gone.
    package mutating func refresh(_ address: HostAddress) throws(SystemCallError) {
        try put(address, flags: NLM_F_CREATE | NLM_F_REPLACE)
    }

    /// Takes an address of Herald's off; does nothing when it, or its link, is gone.
    package mutating func remove(_ address: HostAddress) throws(SystemCallError) {
        let refusal = try withSocket { socket throws(SystemCallError) in
            try socket.change(RTM_DELADDR, flags: 0) { Self.name(address, in: $0) }
        }
        guard let refusal, refusal != EADDRNOTAVAIL, refusal != ENODEV else { return }
        throw SystemCallError("RTM_DELADDR", on: Self.object(address), errno: refusal)
    }

    private mutating func put(
        _ address: HostAddress, flags: Int32
    ) throws(SystemCallError) {
        let refusal = try withSocket { socket throws(SystemCallError) in
            try socket.change(RTM_NEWADDR, flags: flags) { Self.describe(address, in: $0) }
        }
        guard let refusal else { return }
        throw SystemCallError("RTM_NEWADDR", on: Self.object(address), errno: refusal)
    }

    /// What a failed call left in a socket would be taken for the next one's answer.
    private mutating func withSocket<Value>(
        _ call: (inout NetlinkSocket) throws(SystemCallError) -> Value
    ) throws(SystemCallError) -> Value {
        var open: NetlinkSocket
        if let kept = socket.take() {
            open = kept
        } else {
            open = try NetlinkSocket(groups: 0, "netlink socket for addresses")
        }
        let value = try call(&open)
        socket = consume open
        return value
    }

    /// Writes what an address of Herald's is to be like.
    private static func describe(
        _ address: HostAddress, in header: UnsafeMutablePointer<nlmsghdr>
    ) {
        name(address, in: header)
        mnl_attr_put_u32(header, UInt16(IFA_FLAGS), UInt32(IFA_F_NOPREFIXROUTE | IFA_F_NODAD))
        mnl_attr_put_u8(header, UInt16(IFA_PROTO), HostAddress.origin)
        var lifetimes = ifa_cacheinfo()
        lifetimes.ifa_valid = HostAddress.validSeconds
        mnl_attr_put(header, UInt16(IFA_CACHEINFO), MemoryLayout<ifa_cacheinfo>.size, &lifetimes)
    }

    /// Writes which address of which link is meant.
    private static func name(
        _ address: HostAddress, in header: UnsafeMutablePointer<nlmsghdr>
    ) {
        var fixed = ifaddrmsg()
        fixed.ifa_index = UInt32(bitPattern: address.link)
        fixed.ifa_prefixlen = UInt8(address.address.family.bitWidth)
        var bytes: [UInt8]
        switch address.address {
        case .ipv4(let ipv4):
            fixed.ifa_family = UInt8(AF_INET)
            fixed.ifa_scope = UInt8(RT_SCOPE_HOST.rawValue)
            bytes = withUnsafeBytes(of: ipv4.bits.bigEndian) { Array($0) }
        case .ipv6(let ipv6):
            fixed.ifa_family = UInt8(AF_INET6)
            bytes = withUnsafeBytes(of: ipv6.bits.bigEndian) { Array($0) }
        }
        mnl_nlmsg_put_extra_header(header, MemoryLayout<ifaddrmsg>.size)?
            .storeBytes(of: fixed, as: ifaddrmsg.self)
        mnl_attr_put(header, UInt16(IFA_LOCAL), bytes.count, &bytes)
        mnl_attr_put(header, UInt16(IFA_ADDRESS), bytes.count, &bytes)
    }

    private static func object(_ address: HostAddress) -> String {
        "\(address.address) of link \(address.link)"
    }
}
