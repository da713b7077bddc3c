import Addressing
import Testing

@testable import Allocation

/// R1 to R6: what services ask for.
@Suite struct RequestStories {
    private func lab() throws -> [Pool] {
        [
            try pool("lab", "192.0.2.16-192.0.2.19"),
            try pool("extra", "198.51.100.1-198.51.100.2") { $0.autoAssign = false },
        ]
    }

    @Test func r1RequestedAddressIsGiven() throws {
        var cluster = Cluster(pools: try lab())
        let wanted = try addresses("192.0.2.18")
        cluster.apply("a") { $0.wish.addresses = wanted }
        #expect(cluster.seen("a") == "192.0.2.18")
        #expect(cluster.violations == [])
    }

    /// Each row: what is wrong, what is asked, what the condition says.
    @Test(arguments: [
        ("two of one family", ["192.0.2.16", "192.0.2.17"], "two IPv4 addresses are requested"),
        (
            "three addresses", ["192.0.2.16", "2001:db8::1", "192.0.2.17"],
            "3 addresses are requested (192.0.2.16, 2001:db8::1, 192.0.2.17)"
        ),
        (
            "wrong family", ["2001:db8::1"],
            "requested address 2001:db8::1 is IPv6, the service has only IPv4"
        ),
    ])
    func r2NumberAndFamiliesMustFit(what: String, asked: [String], said: String) throws {
        var cluster = Cluster(pools: try lab())
        let wanted = try asked.map { try address($0) }
        cluster.apply("a") { $0.wish.addresses = wanted }
        #expect(cluster.seen("a") == "InvalidRequest", "\(what)")
        #expect(cluster.message("a").hasPrefix(said))
        #expect(cluster.violations == [])
    }

    @Test func r2ProblemOfTheTextBecomesTheCondition() throws {
        var cluster = Cluster(pools: try lab())
        cluster.apply("a") { $0.wish = AddressWish(problem: "\"x\" is wrong") }
        #expect(cluster.seen("a") == "InvalidRequest")
        #expect(cluster.message("a") == "\"x\" is wrong")
    }

    @Test func r3PoolAnnotationUsesThatPoolAlsoWithoutAutoAssign() throws {
        var cluster = Cluster(pools: try lab())
        cluster.apply("a") { $0.wish.pool = "extra" }
        #expect(cluster.seen("a") == "198.51.100.1")
        #expect(cluster.pool("a") == "extra")
    }

    @Test func r3UnknownPoolIsSaidAndServedWhenItComes() throws {
        var cluster = Cluster(pools: try lab())
        cluster.apply("a") { $0.wish.pool = "new" }
        #expect(cluster.seen("a") == "UnknownPool")
        #expect(cluster.message("a") == "requested pool new does not exist; there are lab, extra")
        cluster.setPools(try lab() + [try pool("new", "203.0.113.1")])
        #expect(cluster.seen("a") == "203.0.113.1")
    }

    @Test func r3NamespacesAndSelectorsStillApply() throws {
        var cluster = Cluster(pools: [
            try pool("lab", "192.0.2.1") { $0.namespaces = ["shop"] }
        ])
        cluster.apply("a") { $0.wish.pool = "lab" }
        #expect(cluster.seen("a") == "PoolNotAllowed")
        #expect(cluster.message("a") == "pool lab is not for namespace default")
    }

    @Test func r3ChangedPoolMovesTheService() throws {
        var cluster = Cluster(pools: try lab())
        cluster.apply("a")
        cluster.apply("a") { $0.wish.pool = "extra" }
        #expect(cluster.seen("a") == "198.51.100.1")
        #expect(
            cluster.eventReasons("a") == [
                "AddressAllocated", "AddressReleased", "AddressAllocated",
            ])
        #expect(cluster.allocator.addresses.map(\.address) == (try addresses("198.51.100.1")))
    }

    @Test(arguments: [
        ("outside", "203.0.113.9", "NotInAnyPool", "requested address 203.0.113.9 is in no pool"),
        (
            "excluded", "192.0.2.1", "NotInAnyPool",
            "requested address 192.0.2.1 is in pool net, which excludes"
        ),
        (
            "avoided", "192.0.2.0", "NotInAnyPool",
            "requested address 192.0.2.0 is in pool net, which avoids"
        ),
        (
            "other namespace", "198.51.100.1", "PoolNotAllowed",
            "requested address 198.51.100.1 is in pool shop, which is not for namespace default"
        ),
        ("taken", "192.0.2.7", "AddressInUse", "address 192.0.2.7 is held by default/holder"),
    ])
    func r4RefusedAddressSaysWhy(
        what: String, asked: String, reason: String, said: String
    ) throws {
        let excluded = try AddressRange("192.0.2.1")
        var cluster = Cluster(pools: [
            try pool("net", "192.0.2.0/24") {
                $0.avoidsBuggyAddresses = true
                $0.excluded = [excluded]
            },
            try pool("shop", "198.51.100.1") { $0.namespaces = ["shop"] },
        ])
        let (held, wanted) = (try addresses("192.0.2.7"), try addresses(asked))
        cluster.apply("holder") { $0.wish.addresses = held }
        cluster.apply("a") { $0.wish.addresses = wanted }
        #expect(cluster.seen("a") == reason, "\(what)")
        #expect(cluster.message("a").hasPrefix(said), "\(cluster.message("a"))")
        #expect(cluster.violations == [])
    }

    @Test func r4TakenAddressGoesToTheOldestWaiterWhenItFrees() throws {
        var cluster = Cluster(pools: try lab())
        let wanted = try addresses("192.0.2.16")
        cluster.apply("holder")
        cluster.apply("older") { $0.wish.addresses = wanted }
        cluster.apply("younger") { $0.wish.addresses = wanted }
        #expect(cluster.seen("older") == "AddressInUse")
        cluster.apply("younger") { $0.labels = ["touched": "last"] }
        cluster.delete("holder")
        #expect(cluster.seen("older") == "192.0.2.16")
        #expect(cluster.seen("younger") == "AddressInUse")
        #expect(cluster.message("younger").hasPrefix("address 192.0.2.16 is held by default/older"))
    }

    @Test func r4MovingHolderWakesTheWaiter() throws {
        var cluster = Cluster(pools: try lab())
        let (first, other) = (try addresses("192.0.2.16"), try addresses("192.0.2.19"))
        cluster.apply("holder")
        cluster.apply("waiter") { $0.wish.addresses = first }
        cluster.apply("holder") { $0.wish.addresses = other }
        #expect(cluster.seen("holder") == "192.0.2.19")
        #expect(cluster.seen("waiter") == "192.0.2.16")
        #expect(cluster.violations == [])
    }

    /// Each row: a request that cannot be met, and its reason.
    @Test(arguments: [
        ("unknown pool", AddressWish(pool: "nope"), "UnknownPool"),
        ("garbage", AddressWish(problem: "x"), "InvalidRequest"),
        ("full pool", AddressWish(pool: "full"), "PoolExhausted"),
        (
            "no pool's address", AddressWish(addresses: [.ipv4(IPv4Address(203, 0, 113, 9))]),
            "NotInAnyPool"
        ),
        (
            "taken address", AddressWish(addresses: [.ipv4(IPv4Address(198, 51, 100, 1))]),
            "AddressInUse"
        ),
        (
            "address outside the pool",
            AddressWish(addresses: [.ipv4(IPv4Address(192, 0, 2, 18))], pool: "full"),
            "InvalidRequest"
        ),
    ])
    func r5RequestThatCannotBeMetTakesNothingAway(
        what: String, wish: AddressWish, reason: String
    ) throws {
        var cluster = Cluster(pools: [
            try pool("lab", "192.0.2.16-192.0.2.19"), try pool("full", "198.51.100.1"),
        ])
        cluster.apply("other") { $0.wish.pool = "full" }
        cluster.apply("a")
        cluster.apply("a") { $0.wish = wish }
        #expect(cluster.seen("a") == "192.0.2.16 / \(reason)", "\(what)")
        cluster.restart()
        #expect(cluster.seen("a") == "192.0.2.16 / \(reason)", "\(what)")
        cluster.apply("a") { $0.wish = AddressWish() }
        #expect(cluster.seen("a") == "192.0.2.16")
        #expect(cluster.violations == [])
    }

    @Test func r5RequestedAddressThatAForeignHostUsesTakesNothingAway() throws {
        var cluster = Cluster(pools: try lab(), probesAhead: 0)
        let wanted = try addresses("192.0.2.18")
        cluster.rivals[wanted[0]] = try LinkAddress("02:00:00:00:00:09")
        cluster.apply("a")
        cluster.apply("a") { $0.wish.addresses = wanted }
        #expect(cluster.seen("a") == "192.0.2.16 / AddressConflict")
        #expect(cluster.message("a").contains("02:00:00:00:00:09"))
        #expect(cluster.eventReasons("a").filter { $0 == "AddressConflict" }.count == 1)
        cluster.rivals = [:]
        cluster.wait(Allocator.quarantineDefault)
        #expect(cluster.seen("a") == "192.0.2.18")
    }

    @Test func r5TheOldAddressStaysWhileTheNewOneIsProbed() throws {
        var cluster = Cluster(pools: try lab(), probesAhead: 0)
        cluster.apply("a")
        cluster.answersProbes = false
        let wanted = try addresses("192.0.2.18")
        cluster.apply("a") { $0.wish.addresses = wanted }
        #expect(cluster.seen("a") == "192.0.2.16")
        #expect(cluster.allocator.addresses.map(\.state) == [.allocated, .probing])
        cluster.apply("a") { $0.wish = AddressWish() }
        #expect(cluster.seen("a") == "192.0.2.16")
        cluster.apply("a") { $0.wish.addresses = wanted }
        cluster.answerProbes()
        #expect(cluster.seen("a") == "192.0.2.18")
        #expect(cluster.allocator.addresses.count == 1)
        #expect(cluster.violations == [])
    }

    @Test func r6RemovedRequestKeepsTheAddress() throws {
        var cluster = Cluster(pools: try lab())
        let wanted = try addresses("192.0.2.18")
        cluster.apply("a") { $0.wish.addresses = wanted }
        cluster.apply("b") { $0.wish.pool = "extra" }
        cluster.apply("a") { $0.wish = AddressWish() }
        cluster.apply("b") { $0.wish = AddressWish() }
        #expect(cluster.seen("a") == "192.0.2.18")
        #expect(cluster.seen("b") == "198.51.100.1")
        cluster.restart()
        #expect(cluster.seen("b") == "198.51.100.1")
    }
}
