import Addressing
import CLinux
import Glibc

/// The node's links, addresses and main-table routes, and word of their changes (rtnetlink(7)).
///
/// A change is only a reason to read again: the kernel drops routes without telling when a link
/// goes down, and drops notifications when the socket is full, so changes are never added up. But a
/// link that goes down and comes up again between two reads is the same in both, so how often it went
/// down is counted (`Link.timesDown`): by the kernel, which counts losses of carrier, and here, for
/// some drivers (bonds, for one) keep the carrier when their link is set down.
package struct LinkMonitor: ~Copyable {
    /// How often a read is begun anew because the set changed meanwhile, before that is an error.
    static let readAttemptsMax = 4

    private var requests: NetlinkSocket
    private var changes: NetlinkSocket
    /// How often each link was heard to be down, by index.
    private var downsHeard: [Int32: UInt32] = [:]

    package init() throws(SystemCallError) {
        let changes = try Self.changesSocket()
        let requests = try Self.requestsSocket()
        self.changes = changes
        self.requests = requests
    }

    /// Has other sockets from now on, and so another descriptor: after a call that failed. What
    /// changed meanwhile was not heard of, so the table is to be read.
    package mutating func reopen() throws(SystemCallError) {
        changes = try Self.changesSocket()
        requests = try Self.requestsSocket()
    }

    private static func changesSocket() throws(SystemCallError) -> NetlinkSocket {
        try NetlinkSocket(
            groups: UInt32(
                RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE
                    | RTMGRP_IPV6_ROUTE), "netlink socket for link changes")
    }

    private static func requestsSocket() throws(SystemCallError) -> NetlinkSocket {
        try NetlinkSocket(groups: 0, "netlink socket for links and routes")
    }

    /// For `EventPoll`; readable while notifications wait for `drainChanges`.
    package var descriptorNumber: Int32 { changes.descriptorNumber }

    /// Takes every notification that waits.
    ///
    /// - Returns: true when the table may have changed, or some notifications were lost.
    package mutating func drainChanges() throws(SystemCallError) -> Bool {
        var hasChanged = false
        var downs: [Int32] = []
        let isComplete = try changes.drain { message in
            hasChanged = hasChanged || Self.concernsTable(message)
            if let link = Link(message), !link.isRunning { downs.append(link.index) }
        }
        for index in downs { downsHeard[index, default: 0] &+= 1 }
        return hasChanged || !isComplete
    }

    /// Reads the whole table, sorted, so that equal facts are equal values.
    package mutating func read() throws(SystemCallError) -> LinkTable {
        for _ in 0..<Self.readAttemptsMax {
            if let table = try readOnce() { return table }
        }
        throw SystemCallError(
            "netlink dump", on: "links and routes", errno: EINTR,
            detail: "changed under each of \(Self.readAttemptsMax) reads")
    }

    /// Nil when something changed while it was read.
    private mutating func readOnce() throws(SystemCallError) -> LinkTable? {
        var table = LinkTable()
        var addresses: [Int32: [Link.InterfaceAddress]] = [:]
        let links = try requests.dump((RTM_GETLINK, AF_UNSPEC, MemoryLayout<ifinfomsg>.size)) {
            if let link = Link($0) { table.links.append(link) }
        }
        let linked = try requests.dump((RTM_GETADDR, AF_UNSPEC, MemoryLayout<ifaddrmsg>.size)) {
            guard let linked = LinkedAddress($0) else { return }
            addresses[linked.linkIndex, default: []].append(linked.address)
        }
        guard links, linked, try readRoutes(AF_INET, into: &table),
            try readRoutes(AF_INET6, into: &table)
        else { return nil }
        table.links.sort { $0.index < $1.index }
        for index in table.links.indices {
            table.links[index].interfaceAddresses =
                addresses[table.links[index].index, default: []].sorted()
            table.links[index].timesDown &+= downsHeard[table.links[index].index, default: 0]
        }
        downsHeard = downsHeard.filter { table.link(index: $0.key) != nil }
        table.routes.sort {
            ($0.destination, $0.metric, $0.linkIndex) < ($1.destination, $1.metric, $1.linkIndex)
        }
        return table
    }

    private mutating func readRoutes(
        _ family: Int32, into table: inout LinkTable
    ) throws(SystemCallError) -> Bool {
        try requests.dump((RTM_GETROUTE, family, MemoryLayout<rtmsg>.size)) {
            table.routes += Route.routes($0).filter(Self.matters)
        }
    }

    /// A route by a gateway to less than everywhere chooses no link: a router's hundred thousand
    /// of them are not kept, and do not make the table be read again when they come and go.
    private static func matters(_ route: Route) -> Bool {
        route.gateway == nil || route.destination.length == 0
    }

    private static func concernsTable(_ message: NetlinkMessage) -> Bool {
        switch message.type {
        case RTM_NEWROUTE, RTM_DELROUTE: Route.routes(message).contains(where: matters)
        case RTM_NEWADDR, RTM_DELADDR: HostAddress(message) == nil
        default: true
        }
    }
}
