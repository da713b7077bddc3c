import Addressing
import Naming
import Testing
import Timing

@testable import Allocation

/// C1 to C6: which pool and which address.
@Suite struct ChoiceStories {
    @Test func c1SelectingPoolsComeFirstByPriorityThenOpenOnes() throws {
        var cluster = Cluster(pools: [
            try pool("open", "192.0.2.1"),
            try pool("late", "192.0.2.2") {
                $0.namespaces = ["default"]
                $0.priority = 200
            },
            try pool("tied", "192.0.2.3") {
                $0.namespaceSelectors = [LabelSelector(matchLabels: [:])]
            },
            try pool("early", "192.0.2.4") {
                $0.serviceSelectors = [LabelSelector(matchLabels: ["app": "web"])]
                $0.priority = 5
            },
            try pool("tied-too", "192.0.2.5") { $0.namespaces = ["default"] },
            try pool("asked", "192.0.2.6") { $0.autoAssign = false },
        ])
        for name in ["a", "b", "c", "d", "e", "f"] {
            cluster.apply(name) { $0.labels = ["app": "web"] }
        }
        #expect(
            ["a", "b", "c", "d", "e", "f"].map { cluster.seen($0) } == [
                "192.0.2.4", "192.0.2.3", "192.0.2.5", "192.0.2.2", "192.0.2.1", "PoolExhausted",
            ])
        #expect(cluster.violations == [])
    }

    @Test func c1NamespaceConditionsUniteAndServiceSelectorsAreInAddition() throws {
        var cluster = Cluster(pools: [
            try pool("lab", "192.0.2.1-192.0.2.9") {
                $0.namespaces = ["shop"]
                $0.namespaceSelectors = [LabelSelector(matchLabels: ["team": "web"])]
                $0.serviceSelectors = [
                    LabelSelector(matchLabels: ["tier": "front"]),
                    LabelSelector(matchLabels: ["tier": "edge"]),
                ]
            }
        ])
        cluster.label(namespace: "site", ["team": "web"])
        cluster.label(namespace: "other", ["team": "db"])
        func admitted(_ namespace: String, _ tier: String) -> Bool {
            var copy = cluster
            copy.apply("a", namespace: namespace) { $0.labels = ["tier": tier] }
            return copy.seen("a", namespace: namespace) == "192.0.2.1"
        }
        #expect(admitted("shop", "front") && admitted("shop", "edge"))
        #expect(admitted("site", "front"))
        #expect(!admitted("other", "front"))
        #expect(!admitted("shop", "back"))
    }

    @Test func c1NoPoolForTheServiceIsSaidWithEveryReason() throws {
        var cluster = Cluster(pools: [
            try pool("shop", "192.0.2.1") { $0.namespaces = ["shop"] },
            try pool("asked", "192.0.2.2") { $0.autoAssign = false },
            try pool("going", "192.0.2.3") { $0.isDraining = true },
        ])
        cluster.apply("a")
        #expect(cluster.seen("a") == "NoMatchingPool")
        #expect(
            cluster.message("a")
                == "no pool is for default/a: pool shop is not for namespace default, pool asked "
                + "assigns only on request, pool going is draining")
    }

    @Test func c1PoolWithoutTheFamilyIsSaid() throws {
        var cluster = Cluster(pools: [try pool("lab", "192.0.2.1")])
        cluster.apply("a") { $0.families = [.ipv6] }
        #expect(cluster.seen("a") == "NoMatchingPool")
        #expect(cluster.message("a") == "pool lab has no IPv6 addresses; add some to a pool")
    }

    @Test func c2ExcludedAndAvoidedAddressesAreSkipped() throws {
        let excluded = try ["192.0.2.1-192.0.2.2", "192.0.3.1"].map { try AddressRange($0) }
        var cluster = Cluster(pools: [
            try pool("lab", "192.0.2.254-192.0.3.3", "192.0.2.0-192.0.2.3") {
                $0.avoidsBuggyAddresses = true
                $0.excluded = excluded
            }
        ])
        for name in ["a", "b", "c", "d", "e"] { cluster.apply(name) }
        #expect(
            ["a", "b", "c", "d", "e"].map { cluster.seen($0) } == [
                "192.0.2.254", "192.0.3.2", "192.0.3.3", "192.0.2.3", "PoolExhausted",
            ])
    }

    @Test func c2FreedAddressRestsWhoeverWaits() throws {
        var cluster = Cluster(pools: [
            try pool("lab", "192.0.2.1") { $0.reuseDelay = .seconds(60) }
        ])
        let wanted = try addresses("192.0.2.1")
        cluster.apply("a")
        cluster.apply("b") { $0.wish.addresses = wanted }
        cluster.delete("a")
        #expect(cluster.seen("b") == "AddressInUse")
        #expect(cluster.message("b").contains("rests for the reuseDelay of pool lab"))
        cluster.apply("a")
        #expect(cluster.seen("a") == "PoolExhausted")
        cluster.wait(.seconds(59))
        #expect(cluster.seen("b") == "AddressInUse")
        cluster.wait(.seconds(1))
        #expect(cluster.seen("b") == "192.0.2.1")
        #expect(cluster.violations == [])
    }

    @Test func c3FormerAddressIsPreferredWhileRetainLasts() throws {
        var cluster = Cluster(pools: [
            try pool("lab", "192.0.2.1-192.0.2.4") { $0.retain = .seconds(3600) }
        ])
        cluster.apply("a")
        cluster.apply("b")
        cluster.delete("b")
        cluster.delete("a")
        cluster.apply("other")
        #expect(cluster.seen("other") == "192.0.2.3")
        cluster.apply("b")
        #expect(cluster.seen("b") == "192.0.2.2")
        cluster.delete("b")
        cluster.wait(.seconds(3600))
        cluster.apply("b")
        #expect(cluster.seen("b") == "192.0.2.1")
        #expect(cluster.violations == [])
    }

    @Test func c3RetainedAddressGoesToOthersOnlyWhenNothingElseIsFree() throws {
        var cluster = Cluster(pools: [
            try pool("lab", "192.0.2.1-192.0.2.2") { $0.retain = .seconds(3600) }
        ])
        cluster.apply("a")
        cluster.delete("a")
        cluster.apply("b")
        #expect(cluster.seen("b") == "192.0.2.2")
        cluster.apply("c")
        #expect(cluster.seen("c") == "192.0.2.1")
        cluster.delete("c")
        cluster.apply("a")
        #expect(cluster.seen("a") == "192.0.2.1")
        #expect(cluster.violations == [])
    }

    @Test func c3RetainedAddressIsGivenToWhoAsksForIt() throws {
        var cluster = Cluster(pools: [
            try pool("lab", "192.0.2.1-192.0.2.2") { $0.retain = .seconds(3600) }
        ])
        let wanted = try addresses("192.0.2.1")
        cluster.apply("a")
        cluster.delete("a")
        cluster.apply("b") { $0.wish.addresses = wanted }
        #expect(cluster.seen("b") == "192.0.2.1")
    }

    @Test func c3RetainAndRestSurviveANewLeader() throws {
        var cluster = Cluster(pools: [
            try pool("lab", "192.0.2.1-192.0.2.3") {
                $0.retain = .seconds(3600)
                $0.reuseDelay = .seconds(60)
            }
        ])
        cluster.apply("a")
        cluster.apply("b")
        cluster.delete("b")
        #expect(
            cluster.retained == [
                RetainedAddress(
                    try address("192.0.2.2"), service: ServiceKey(namespace: "default", name: "b"),
                    retain: .seconds(3600), rest: .seconds(60))
            ])
        cluster.restart()
        cluster.apply("c")
        #expect(cluster.seen("c") == "192.0.2.3")
        cluster.wait(.seconds(60))
        cluster.apply("b")
        #expect(cluster.seen("b") == "192.0.2.2")
        #expect(cluster.retained.isEmpty)
        #expect(cluster.violations == [])
    }

    @Test func c4QuotaCountsDistinctAddressesOfANamespace() throws {
        var cluster = Cluster(pools: [
            try pool("lab", "192.0.2.1-192.0.2.9") { $0.quotaPerNamespace = 2 }
        ])
        cluster.apply("a") { $0.wish.sharingKey = "k" }
        let first = try addresses("192.0.2.1")
        cluster.apply("b") {
            $0.wish = AddressWish(addresses: first, sharingKey: "k")
            $0.ports = [ServicePort("UDP", 80)]
        }
        cluster.apply("c")
        cluster.apply("d")
        #expect(cluster.seen("b") == "192.0.2.1")
        #expect(cluster.seen("c") == "192.0.2.2")
        #expect(cluster.seen("d") == "QuotaExceeded")
        #expect(
            cluster.message("d").hasPrefix(
                "namespace default may hold 2 of pool lab and would hold more"))
        cluster.apply("e", namespace: "shop")
        #expect(cluster.seen("e", namespace: "shop") == "192.0.2.3")
        cluster.delete("a")
        #expect(cluster.seen("d") == "QuotaExceeded")
        cluster.delete("b")
        #expect(cluster.seen("d") == "192.0.2.1")
        #expect(cluster.violations == [])
    }

    @Test func c4QuotaBindsRequestsAndLetsAMoveWithinThePool() throws {
        var cluster = Cluster(pools: [
            try pool("lab", "192.0.2.1-192.0.2.9") { $0.quotaPerNamespace = 1 },
            try pool("open", "198.51.100.1"),
        ])
        let (fifth, sixth) = (try addresses("192.0.2.5"), try addresses("192.0.2.6"))
        cluster.apply("a") { $0.wish.pool = "lab" }
        cluster.apply("b") { $0.wish.addresses = fifth }
        #expect(cluster.seen("b") == "QuotaExceeded")
        cluster.apply("a") { $0.wish = AddressWish(addresses: sixth) }
        #expect(cluster.seen("a") == "192.0.2.6")
        cluster.apply("c")
        #expect(cluster.seen("c") == "198.51.100.1")
        cluster.delete("a")
        #expect(cluster.seen("b") == "192.0.2.5")
    }

    @Test func c4LoweredQuotaTakesNothingAway() throws {
        var cluster = Cluster(pools: [try pool("lab", "192.0.2.1-192.0.2.9")])
        cluster.apply("a")
        cluster.apply("b")
        cluster.setPools([try pool("lab", "192.0.2.1-192.0.2.9") { $0.quotaPerNamespace = 1 }])
        cluster.restart()
        #expect(cluster.seen("a") == "192.0.2.1")
        #expect(cluster.seen("b") == "192.0.2.2")
    }

    @Test func c5SelectorThatMatchesNoNamespaceClosesThePool() throws {
        var cluster = Cluster(pools: [
            try pool("lab", "192.0.2.1") {
                $0.namespaceSelectors = [LabelSelector(matchLabels: ["no": "body"])]
            }
        ])
        let wanted = try addresses("192.0.2.1")
        cluster.apply("a")
        cluster.apply("b") { $0.wish.addresses = wanted }
        cluster.apply("c") { $0.wish.pool = "lab" }
        #expect(cluster.seen("a") == "NoMatchingPool")
        #expect(cluster.seen("b") == "PoolNotAllowed")
        #expect(cluster.seen("c") == "PoolNotAllowed")
    }

    @Test func c6ForbiddenAddressesAreNeverHandedOut() throws {
        var cluster = Cluster(pools: [try pool("lab", "192.0.2.0-192.0.2.2")])
        let wanted = try addresses("192.0.2.1")
        cluster.feed(
            .forbiddenAddressesChanged([
                ForbiddenAddress(try address("192.0.2.0"), use: "the network address of eth0"),
                ForbiddenAddress(wanted[0], use: "the default gateway on eth0"),
            ]))
        cluster.apply("a")
        cluster.apply("b")
        cluster.apply("c") { $0.wish.addresses = wanted }
        #expect(cluster.seen("a") == "192.0.2.2")
        #expect(cluster.seen("b") == "PoolExhausted")
        #expect(cluster.seen("c") == "AddressInUse")
        #expect(cluster.message("c") == "address 192.0.2.1 is the default gateway on eth0")
        cluster.feed(.forbiddenAddressesChanged([]))
        #expect(cluster.seen("b") == "192.0.2.0")
        #expect(cluster.seen("c") == "192.0.2.1")
        #expect(cluster.violations == [])
    }

    @Test func c6HeldAddressThatBecomesForbiddenIsKept() throws {
        var cluster = Cluster(pools: [try pool("lab", "192.0.2.1-192.0.2.2")])
        cluster.apply("a")
        cluster.feed(
            .forbiddenAddressesChanged([
                ForbiddenAddress(try address("192.0.2.1"), use: "an address of node n1")
            ]))
        cluster.restart()
        #expect(cluster.seen("a") == "192.0.2.1")
    }
}
