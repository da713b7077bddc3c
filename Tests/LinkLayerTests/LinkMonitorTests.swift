import Addressing
import Laboratory
import Testing
import Timing

@testable import LinkLayer

/// What the kernel says of links, in namespaces where the kernel was told.
@Suite struct LinkMonitorTests {
    @Test func linksAddressesAndRoutesAreReadAsTheyAre() throws {
        let node = try NetworkNamespace()
        let segment = try Segment()
        try segment.plug(
            node, as: "eth0", addresses: ["192.0.2.1/24", "2001:db8::1/64"],
            linkAddress: "02:00:5e:00:53:01")
        try segment.plug(node, as: "eth1", addresses: ["198.51.100.1/25"])
        try node.ip("link", "set", "eth0", "mtu", "1400")
        try node.ip("route", "add", "default", "via", "192.0.2.254", "metric", "100")
        try node.ip("route", "add", "203.0.113.0/24", "via", "192.0.2.254")
        try node.ip("route", "add", "10.9.0.0/16", "dev", "eth1", "table", "99")
        try node.ip(
            "route", "add", "10.8.0.0/16", "nexthop", "dev", "eth0", "nexthop", "dev", "eth1")

        let table = try node.enter {
            var monitor = try LinkMonitor()
            return try monitor.read()
        }
        let eth0 = try #require(table.link(named: "eth0"))
        let eth1 = try #require(table.link(named: "eth1"))
        #expect(eth0.address == (try LinkAddress("02:00:5e:00:53:01")))
        #expect(eth0.isRunning && !eth0.isSkippedByKind)
        #expect(eth0.mtu == 1400)
        let addresses = eth0.interfaceAddresses.map { "\($0.address)/\($0.prefixLength)" }
        #expect(addresses.contains("192.0.2.1/24") && addresses.contains("2001:db8::1/64"))

        func routes(to prefix: String) throws -> [Route] {
            let prefix = try Prefix(prefix)
            return table.routes.filter { $0.destination == prefix }
        }
        #expect(
            try routes(to: "0.0.0.0/0") == [
                Route(
                    destination: Prefix("0.0.0.0/0"), gateway: IPAddress("192.0.2.254"),
                    linkIndex: eth0.index, metric: 100)
            ])
        #expect(try routes(to: "192.0.2.0/24").map(\.linkIndex) == [eth0.index])
        #expect(try routes(to: "2001:db8::/64").map(\.linkIndex) == [eth0.index])
        #expect(try routes(to: "10.8.0.0/16").map(\.linkIndex) == [eth0.index, eth1.index])
        #expect(try routes(to: "203.0.113.0/24").isEmpty, "by a gateway: chooses no link")
        #expect(try routes(to: "10.9.0.0/16").isEmpty, "not in the main table")
        #expect(
            try table.announcingLinks(for: IPAddress("198.51.100.7"), named: []).map(\.name)
                == ["eth1"])
    }

    @Test func w5LinksThatAnnounceNothingAreToldByKind() throws {
        let node = try NetworkNamespace()
        let other = try NetworkNamespace()
        try node.ip("link", "add", "bridge", "type", "bridge")
        try node.ip("link", "add", "queue", "type", "ifb")
        for name in ["free", "port", "quiet"] {
            try node.ip("link", "add", name, "type", "veth", "peer", "name", "far-\(name)")
            try node.ip("link", "set", "far-\(name)", "netns", other.name)
        }
        try node.ip("link", "set", "port", "master", "bridge")
        try node.ip("link", "set", "quiet", "arp", "off")

        let table = try node.enter {
            var monitor = try LinkMonitor()
            return try monitor.read()
        }
        let skipped = table.links.filter(\.isSkippedByKind).map(\.name)
        let kept = table.links.filter { !$0.isSkippedByKind }.map(\.name)
        #expect(skipped.contains("lo"), "loopback")
        #expect(skipped.contains("queue"), "NOARP by nature")
        #expect(skipped.contains("quiet"), "NOARP by choice")
        #expect(skipped.contains("port"), "enslaved")
        #expect(kept.contains("free") && kept.contains("bridge"))
    }

    /// Each has a prefix that covers its address, and could announce it by its kind.
    @Test func w5ContainerLinksAreSkippedUnlessNamed() throws {
        let node = try NetworkNamespace()
        let names = [
            "docker0", "veth1a2b3c", "cali4d5e6f", "cni0", "flannel.1", "kube-ipvs0", "lxc7a8b",
            "tunl1", "dummy0", "virbr0", "br0",
        ]
        for (number, name) in names.enumerated() {
            try node.ip("link", "add", name, "type", "bridge")
            try node.ip("link", "set", name, "up")
            try node.ip("address", "add", "10.0.\(number).1/24", "dev", name)
        }
        let table = try node.enter {
            var monitor = try LinkMonitor()
            return try monitor.read()
        }
        for (number, name) in names.enumerated() {
            let address = IPAddress.ipv4(IPv4Address(10, 0, UInt8(number), 16))
            func chosen(_ named: [String]) -> [String] {
                table.announcingLinks(for: address, named: named).map(\.name)
            }
            #expect(chosen([]) == (name == "br0" ? [name] : []), "\(name)")
            #expect(chosen([name]) == [name])
        }
    }

    /// What no prefix covers, of either family.
    @Test func w5TheDefaultRoutesLinkIsChosenForWhatNoPrefixCovers() throws {
        let node = try NetworkNamespace()
        for (name, number) in [("lan0", 1), ("lan1", 2)] {
            try node.ip("link", "add", name, "type", "bridge")
            try node.ip("link", "set", name, "up")
            try node.ip("address", "add", "10.0.\(number).1/24", "dev", name)
            try node.ip("address", "add", "fd00:\(number)::1/64", "dev", name, "nodad")
        }
        func chosen(_ address: String) throws -> [String] {
            let table = try node.enter {
                var monitor = try LinkMonitor()
                return try monitor.read()
            }
            return table.announcingLinks(for: try IPAddress(address), named: []).map(\.name)
        }
        let outside = ["198.51.100.16", "2001:db8::16"]
        for address in outside { #expect(try chosen(address) == [], "\(address)") }
        try node.ip("route", "add", "default", "via", "10.0.2.254")
        try node.ip("-6", "route", "add", "default", "via", "fd00:2::fe")
        for address in outside { #expect(try chosen(address) == ["lan1"], "\(address)") }
        #expect(try chosen("10.0.1.16") == ["lan0"] && chosen("fd00:1::16") == ["lan0"])
    }

    /// A life of one link; after each step the monitor is readable and the table says the step.
    @Test func w5ComingGoingAndLosingCarrierAreReported() throws {
        let node = try NetworkNamespace()
        let segment = try Segment()
        try node.enter {
            var monitor = try LinkMonitor()
            let poll = try EventPoll()
            try poll.add(monitor.descriptorNumber, as: 1)
            func table(after what: String, until: (LinkTable) -> Bool) throws {
                try eventually(what) {
                    try poll.wait(timeoutMilliseconds: 100) { _ in }
                    return try monitor.drainChanges() && until(monitor.read())
                }
            }
            let port = try segment.plug(node)
            try table(after: "a link comes up") { $0.link(named: "eth0")?.isRunning == true }
            try segment.pull(port)
            try table(after: "it loses carrier") { $0.link(named: "eth0")?.isRunning == false }
            try segment.restore(port)
            try table(after: "carrier is back") { $0.link(named: "eth0")?.isRunning == true }
            try node.ip("address", "add", "192.0.2.1/24", "dev", "eth0")
            try table(after: "it gets an address") {
                $0.link(named: "eth0")?.interfaceAddresses.contains {
                    $0.prefixLength == 24
                } == true && $0.routes.contains { $0.destination.length == 24 }
            }
            try node.ip("link", "set", "eth0", "down")
            try table(after: "it is set down, its route goes without word") {
                $0.link(named: "eth0")?.isRunning == false
                    && !$0.routes.contains { $0.destination.length == 24 }
            }
            try node.ip("link", "set", "eth0", "address", "02:00:5e:00:53:77")
            try table(after: "its hardware address changes") {
                $0.link(named: "eth0")?.address.bits == 0x0200_5E00_5377
            }
            try node.ip("link", "delete", "eth0")
            try table(after: "it is deleted") { $0.link(named: "eth0") == nil }
        }
    }

    /// Each within one read: by the other end, which the kernel tells afterwards and as a link that runs;
    /// by the link itself; and of a link that keeps its carrier all the while.
    @Test func aLinkThatWentDownAndCameUpBetweenTwoReadsTellsByItsCount() throws {
        let node = try NetworkNamespace()
        let segment = try Segment()
        let port = try segment.plug(node)
        try node.ip("link", "add", "queue", "type", "ifb")
        try node.ip("link", "set", "queue", "up")
        let cases = [
            ("eth0", segment.namespace, port), ("eth0", node, "eth0"), ("queue", node, "queue"),
        ]
        try node.enter {
            var monitor = try LinkMonitor()
            try Self.waitForRest(&monitor)
            for (name, namespace, flapped) in cases {
                let table = try monitor.read()
                let before = try #require(table.link(named: name))
                #expect(before.isRunning)
                let again = try monitor.read()
                #expect(again == table, "reading is no change")
                try namespace.flap(flapped)
                try eventually("\(flapped) was down and runs") {
                    _ = try monitor.drainChanges()
                    let link = try monitor.read().link(named: name)
                    return link?.isRunning == true && link?.timesDown != before.timesDown
                }
                try Self.waitForRest(&monitor)
            }
        }
    }

    @Test func routesThatChooseNoLinkAreNoChange() throws {
        let node = try NetworkNamespace()
        let segment = try Segment()
        try segment.plug(node, addresses: ["192.0.2.1/24"])
        try node.enter {
            var monitor = try LinkMonitor()
            try Self.waitForRest(&monitor)
            let before = try monitor.read()
            try node.ip("route", "add", "203.0.113.0/24", "via", "192.0.2.254")
            try node.ip("route", "add", "10.9.0.0/16", "dev", "eth0", "table", "99")
            let hasChanged = try monitor.drainChanges()
            #expect(!hasChanged)
            let after = try monitor.read()
            #expect(after == before)
            try node.ip("route", "add", "10.9.0.0/16", "dev", "eth0")
            let hasChangedNow = try monitor.drainChanges()
            #expect(hasChangedNow)
        }
    }

    /// ENOBUFS: the kernel drops notifications that nobody reads.
    @Test func lostNotificationsAreAReasonToReadAgain() throws {
        let node = try NetworkNamespace()
        let segment = try Segment()
        try segment.plug(node, addresses: ["192.0.2.1/24"])
        try node.enter {
            var monitor = try LinkMonitor()
            try Self.waitForRest(&monitor)
            let route = "203.0.113.0/24 via 192.0.2.254"
            let lines = (0..<3_000).map { "route add \(route) metric \($0 + 1)" }
            let batch = try node.run("ip", ["-batch", "-"], input: lines.joined(separator: "\n"))
            #expect(batch.succeeded, "\(batch.errorOutput)")
            let isTold = try monitor.drainChanges()
            #expect(isTold, "routes by a gateway alone would be no change")
            let isToldAgain = try monitor.drainChanges()
            #expect(!isToldAgain)
        }
    }

    /// Returns once no change has come for 100 ms.
    static func waitForRest(_ monitor: inout LinkMonitor) throws {
        let poll = try EventPoll()
        try poll.add(monitor.descriptorNumber, as: 1)
        var isAtRest = false
        let deadline = Instant.now() + .seconds(10)
        while !isAtRest, Instant.now() < deadline {
            isAtRest = try poll.wait(timeoutMilliseconds: 100) { _ in } == 0
            _ = try monitor.drainChanges()
        }
        #expect(isAtRest)
    }
}
