import Addressing
import Testing
import Timing

@testable import Allocation

/// X1 to X8: restarts, edits by hand, waiters, counts.
@Suite struct RestartStories {
    private func lab() throws -> [Pool] { [try pool("lab", "192.0.2.1-192.0.2.3")] }

    @Test func x1HoldersNeverChangeOverFiveRestarts() throws {
        var cluster = Cluster(pools: try lab())
        for name in ["a", "b", "c", "d", "e"] { cluster.apply(name) }
        let before = ["a", "b", "c", "d", "e"].map { cluster.seen($0) }
        let writes = cluster.writes.count
        for round in 0..<5 {
            cluster.restart { round % 2 == 0 ? $0 : $0.reversed() }
            #expect(["a", "b", "c", "d", "e"].map { cluster.seen($0) } == before)
        }
        #expect(cluster.writes.count == writes)
    }

    @Test func x2HoldersAreAdoptedBeforeWaitersAreServed() throws {
        var cluster = Cluster(pools: try lab())
        for name in ["waiter", "holder"] { cluster.apply(name) }
        cluster.delete("waiter")
        cluster.behindItsBack { objects in
            var older = ServiceRequest(
                key: ServiceKey(namespace: "default", name: "older"), uid: "0")
            older.created = -1
            objects[older.key] = older
        }
        cluster.restart()
        #expect(cluster.seen("holder") == "192.0.2.2")
        #expect(cluster.seen("older") == "192.0.2.1")
    }

    @Test func x2AddressOfOurPoolsWithoutOurAnnotationIsAdopted() throws {
        var cluster = Cluster(pools: try lab(), probesAhead: 0)
        let shown = try addresses("192.0.2.3")
        cluster.apply("moved-here") { $0.shown.addresses = shown }
        #expect(cluster.seen("moved-here") == "192.0.2.3")
        #expect(cluster.pool("moved-here") == "lab")
        #expect(cluster.probed.isEmpty)
        #expect(cluster.events.isEmpty)
    }

    @Test func x3StatusEditedByHandIsPutBack() throws {
        var cluster = Cluster(pools: try lab())
        cluster.apply("a")
        let edited = try addresses("192.0.2.3")
        cluster.apply("a") { $0.shown.addresses = edited }
        #expect(cluster.seen("a") == "192.0.2.1")
        #expect(cluster.allocator.addresses.count == 1)
    }

    @Test func x4EmptiedStatusIsWrittenAgain() throws {
        var cluster = Cluster(pools: try lab(), probesAhead: 0)
        cluster.apply("a")
        cluster.apply("b")
        cluster.apply("a") { $0.shown = ShownAllocation() }
        #expect(cluster.seen("a") == "192.0.2.1")
        #expect(cluster.probed.count == 2)
    }

    @Test func x5OfTwoThatMayNotShareTheOlderKeeps() throws {
        var cluster = Cluster(pools: try lab())
        for name in ["b-older", "a-younger"] { cluster.apply(name) }
        let same = try addresses("192.0.2.2")
        cluster.behindItsBack { objects in
            for key in objects.keys { objects[key]?.shown.addresses = same }
        }
        cluster.restart()
        #expect(cluster.seen("b-older") == "192.0.2.2")
        #expect(cluster.seen("a-younger") == "192.0.2.1")
        #expect(
            cluster.events.map(\.message).contains(
                "released 192.0.2.2: it cannot be shared with default/b-older: the sharing keys "
                    + "differ"))
        #expect(cluster.violations == [])
    }

    /// Each row: what frees the address, as a change to the cluster.
    @Test func x6WaitersWakeAtOnceWhateverFreesTheAddress() throws {
        let other = try address("198.51.100.9")
        let rows: [(what: String, frees: (inout Cluster) throws -> Void)] = [
            ("deletion", { $0.delete("holder") }),
            ("release", { $0.apply("holder") { $0.isOurs = false } }),
            ("move", { $0.apply("holder") { $0.wish.addresses = [other] } }),
            ("move to a pool", { $0.apply("holder") { $0.wish.pool = "spare" } }),
            ("dropped port", { $0.apply("holder") { $0.ports = [ServicePort("TCP", 9)] } }),
            ("key change", { $0.apply("waiter") { $0.ports = [ServicePort("TCP", 9)] } }),
            (
                "pool change",
                {
                    $0.setPools([
                        try pool("lab", "192.0.2.1-192.0.2.2"), try pool("spare", "198.51.100.9"),
                    ])
                }
            ),
            (
                "absent from a list",
                {
                    $0.behindItsBack { $0 = $0.filter { $0.key.name == "waiter" } }; $0.relist()
                }
            ),
            (
                "new object of the same name",
                {
                    $0.apply("holder") {
                        $0.uid = "new"; $0.shown = ShownAllocation(); $0.isOurs = false
                    }
                }
            ),
        ]
        for row in rows {
            var cluster = Cluster(pools: [
                try pool("lab", "192.0.2.1"),
                try pool("spare", "198.51.100.9") { $0.autoAssign = false },
            ])
            cluster.apply("holder") { $0.wish.sharingKey = "k" }
            cluster.apply("waiter") { $0.wish.sharingKey = "k" }
            #expect(cluster.seen("waiter") == "PoolExhausted", "\(row.what)")
            try row.frees(&cluster)
            #expect(cluster.seen("waiter").hasPrefix("192.0.2."), "\(row.what)")
            #expect(cluster.violations == [], "\(row.what)")
        }
    }

    /// Each row: ranges, whether .0 and .255 are avoided, how many addresses that makes.
    static let counts: [(ranges: [String], avoids: Bool, total: UInt128)] = [
        (["192.0.2.0/24"], false, 256),
        (["192.0.2.0/24"], true, 254),
        (["10.0.0.0/8"], false, 16_777_216),
        (["10.0.0.0/8"], true, 16_646_144),
        (["192.0.2.255-192.0.3.0"], true, 0),
        (["192.0.2.5-192.0.2.5", "192.0.2.250-192.0.3.3"], true, 9),
        (["2001:db8::/64"], false, 18_446_744_073_709_551_616),
        (["2001:db8::/64"], true, 18_446_744_073_709_551_616),
        (["::/0"], false, UInt128.max),
        (["0.0.0.0/0"], true, 4_261_412_864),
    ]

    @Test(arguments: counts)
    func x8CountsAreExact(ranges: [String], avoids: Bool, total: UInt128) throws {
        var lab = try pool("lab") { $0.avoidsBuggyAddresses = avoids }
        lab.ranges = try ranges.map { try AddressRange($0) }
        var allocator = Allocator()
        _ = allocator.handle(.poolsChanged(PoolSet([lab])), at: .zero)
        let usage = allocator.poolUsage[0].families[0]
        #expect(usage.total == total)
        #expect(usage.available == total)
        #expect(usage.used == 0)
        #expect(lab.hasAddresses == (total > 0))
    }

    @Test func x8MixedFamiliesCountApart() throws {
        var cluster = Cluster(pools: [try pool("lab", "192.0.2.0/24", "2001:db8::/64")])
        cluster.apply("a")
        let families = cluster.allocator.poolUsage[0].families
        #expect(families.map(\.family) == [.ipv4, .ipv6])
        #expect(families.map(\.total) == [256, 1 << 64])
        #expect(families.map(\.available) == [255, 1 << 64])
    }

    @Test func tenIdlePassesWriteNothing() throws {
        var cluster = Cluster(pools: [try pool("lab", "192.0.2.1-192.0.2.2", "2001:db8::1")])
        for name in ["a", "b", "c"] {
            cluster.apply(name) {
                $0.families = [.ipv4, .ipv6]
                $0.familyPolicy = .preferDualStack
            }
        }
        let (writes, events) = (cluster.writes.count, cluster.events.count)
        for _ in 0..<10 {
            cluster.relist()
            for name in ["a", "b", "c"] { cluster.apply(name) }
            cluster.wait(.seconds(3600))
        }
        #expect(cluster.writes.count == writes)
        #expect(cluster.events.count == events)
    }
}
