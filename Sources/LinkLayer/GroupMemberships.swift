import Addressing
import Glibc

/// An IPv6 group on one link.
package struct LinkGroup: Hashable, Comparable, Sendable {
    /// The kernel's interface index.
    package let link: Int32
    package let group: IPv6Address

    package init(_ group: IPv6Address, on link: Int32) {
        self.group = group
        self.link = link
    }

    package static func < (left: LinkGroup, right: LinkGroup) -> Bool {
        (left.link, left.group) < (right.link, right.group)
    }
}

/// The IPv6 groups that this host is in (ipv6(7), IPV6_ADD_MEMBERSHIP): the kernel reports them by
/// MLD (RFC 3810), now and whenever it is asked, so that snooping switches let their frames through,
/// and network cards do. A packet socket alone reports nothing.
///
/// Owned by one thread at a time. A call may wait for the kernel's lock on its links. Everything is
/// left when this goes.
package final class GroupMemberships {
    /// Groups that are kept in one socket. Each takes up to 64 bytes of the socket's option memory, of
    /// which `net.core.optmem_max` allows 20,480 bytes in older kernels: 320 groups. The kernel walks
    /// over all of one socket's groups to add another, so more would not be better.
    package static let groupsPerSocketMax = 256

    /// A socket that is never bound and hears nothing.
    private final class Holder {
        let descriptor: FileDescriptor
        var count = 0
        /// The kernel gave it no memory for one more.
        var isFull = false

        init(_ descriptor: consuming FileDescriptor) {
            self.descriptor = descriptor
        }

        var hasRoom: Bool { !isFull && count < GroupMemberships.groupsPerSocketMax }
    }

    private var holders: [Holder] = []
    private var members: [LinkGroup: Holder] = [:]

    package init() {}

    package func contains(_ group: LinkGroup) -> Bool { members[group] != nil }

    /// Every group that was joined, in ascending order.
    package var groups: [LinkGroup] { members.keys.sorted() }

    /// How many sockets hold them.
    package var socketCount: Int { holders.count }

    /// Joins; does nothing when that was done.
    ///
    /// Throws ENODEV when the link is gone, EINVAL when it has no IPv6.
    package func join(_ group: LinkGroup) throws(SystemCallError) {
        guard members[group] == nil else { return }
        while true {
            let holder = try holderWithRoom()
            guard Self.set(holder, IPV6_ADD_MEMBERSHIP, group) < 0 else {
                holder.count += 1
                members[group] = holder
                return
            }
            let error = errno
            guard error == ENOMEM || error == ENOBUFS, holder.count > 0 else {
                removeIfEmpty(holder)
                throw SystemCallError(
                    "setsockopt(IPV6_ADD_MEMBERSHIP)", on: "\(group.group) of link \(group.link)",
                    errno: error)
            }
            holder.isFull = true
        }
    }

    /// Leaves; does nothing when it was not joined. A link that is gone was left by the kernel.
    package func leave(_ group: LinkGroup) {
        guard let holder = members.removeValue(forKey: group) else { return }
        _ = Self.set(holder, IPV6_DROP_MEMBERSHIP, group)
        holder.count -= 1
        holder.isFull = false
        removeIfEmpty(holder)
    }

    private func holderWithRoom() throws(SystemCallError) -> Holder {
        if let holder = holders.first(where: \.hasRoom) { return holder }
        let holder = Holder(
            try FileDescriptor(
                socket(AF_INET6, Kernel.datagramSocket, 0), from: "socket(AF_INET6)",
                on: "socket for IPv6 groups"))
        holders.append(holder)
        return holder
    }

    private func removeIfEmpty(_ holder: Holder) {
        if holder.count == 0 { holders.removeAll { $0 === holder } }
    }

    private static func set(_ holder: Holder, _ option: Int32, _ group: LinkGroup) -> Int32 {
        var request = ipv6_mreq()
        withUnsafeMutableBytes(of: &request.ipv6mr_multiaddr) {
            $0.storeBytes(of: group.group.bits.bigEndian, as: UInt128.self)
        }
        request.ipv6mr_interface = UInt32(group.link)
        return setsockopt(
            holder.descriptor.number, Int32(IPPROTO_IPV6), option, &request,
            socklen_t(MemoryLayout<ipv6_mreq>.size))
    }
}
