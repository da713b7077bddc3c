import Addressing
import Naming
import Testing

@testable import Allocation

/// P1 to P10: pool files, namespaces and labels change under running services.
@Suite struct PoolChangeStories {
    /// Each row: what the pools become, which name the address is from then.
    @Test(arguments: [
        ("unchanged", [["lab", "192.0.2.1-192.0.2.9"]], "lab"),
        ("expanded", [["lab", "192.0.2.0/24"]], "lab"),
        ("renamed", [["new", "192.0.2.1-192.0.2.9"]], "new"),
        ("split", [["low", "192.0.2.1-192.0.2.4"], ["high", "192.0.2.5-192.0.2.9"]], "low"),
        ("merged", [["big", "192.0.2.0/23"]], "big"),
        ("cut to it", [["lab", "192.0.2.1"]], "lab"),
    ])
    func p1ChangeAroundAUsedAddressKeepsIt(
        what: String, after: [[String]], name: String
    ) throws {
        var cluster = Cluster(pools: [try pool("lab", "192.0.2.1-192.0.2.9")])
        cluster.apply("a")
        cluster.setPools(try after.map { try pool($0[0], $0[1]) })
        #expect(cluster.seen("a") == "192.0.2.1", "\(what)")
        #expect(cluster.pool("a") == name)
        #expect(cluster.writes.count == (name == "lab" ? 1 : 2))
        #expect(cluster.eventReasons("a") == ["AddressAllocated"])
        #expect(cluster.violations == [])
    }

    @Test func p2ShrunkPoolMovesTheServiceOrLeavesItPending() throws {
        var cluster = Cluster(pools: [try pool("lab", "192.0.2.1-192.0.2.9")])
        cluster.apply("a")
        cluster.apply("b")
        cluster.setPools([try pool("lab", "192.0.2.2-192.0.2.3")])
        #expect(cluster.seen("a") == "192.0.2.3")
        #expect(cluster.seen("b") == "192.0.2.2")
        #expect(
            cluster.events.map(\.message).contains(
                "released 192.0.2.1: the pool files no longer contain it"))
        cluster.setPools([try pool("other", "198.51.100.1")])
        #expect(cluster.seen("a") == "198.51.100.1")
        #expect(cluster.seen("b") == "PoolExhausted")
        #expect(cluster.violations == [])
    }

    @Test func p3DrainingPoolKeepsItsHoldersAndTakesNobodyNew() throws {
        var cluster = Cluster(pools: [try pool("lab", "192.0.2.1-192.0.2.9")])
        cluster.apply("a")
        cluster.setPools([try pool("lab", "192.0.2.1-192.0.2.9") { $0.isDraining = true }])
        cluster.restart()
        let wanted = try addresses("192.0.2.5")
        cluster.apply("b")
        cluster.apply("c") { $0.wish.pool = "lab" }
        cluster.apply("d") { $0.wish.addresses = wanted }
        #expect(cluster.seen("a") == "192.0.2.1")
        #expect(cluster.seen("b") == "NoMatchingPool")
        #expect(cluster.seen("c") == "PoolNotAllowed")
        #expect(cluster.seen("d") == "PoolNotAllowed")
        cluster.setPools([try pool("lab", "192.0.2.1-192.0.2.9")])
        #expect(
            ["b", "c", "d"].map { cluster.seen($0) } == ["192.0.2.2", "192.0.2.3", "192.0.2.5"])
        #expect(cluster.violations == [])
    }

    @Test func p4AddressThatBecomesExcludedOrAvoidedIsLeft() throws {
        let first = try AddressRange("192.0.2.1")
        var cluster = Cluster(pools: [
            try pool("lab", "192.0.2.1", "192.0.2.255", "192.0.2.7-192.0.2.9")
        ])
        cluster.apply("a")
        cluster.apply("b")
        cluster.setPools([
            try pool("lab", "192.0.2.1", "192.0.2.255", "192.0.2.7-192.0.2.9") {
                $0.excluded = [first]
                $0.avoidsBuggyAddresses = true
            }
        ])
        #expect(cluster.seen("a") == "192.0.2.7")
        #expect(cluster.seen("b") == "192.0.2.8")
        #expect(cluster.violations == [])
    }

    @Test func p5HoldersKeepWhenAutoAssignEnds() throws {
        var cluster = Cluster(pools: [try pool("lab", "192.0.2.1-192.0.2.9")])
        cluster.apply("a")
        cluster.setPools([try pool("lab", "192.0.2.1-192.0.2.9") { $0.autoAssign = false }])
        cluster.restart()
        #expect(cluster.seen("a") == "192.0.2.1")
    }

    @Test func p6SelectorsThatNowExcludeAHolderMoveIt() throws {
        var cluster = Cluster(pools: [
            try pool("lab", "192.0.2.1"), try pool("rest", "198.51.100.1"),
        ])
        cluster.apply("a")
        cluster.setPools([
            try pool("lab", "192.0.2.1") { $0.namespaces = ["shop"] },
            try pool("rest", "198.51.100.1"),
        ])
        #expect(cluster.seen("a") == "198.51.100.1")
        #expect(
            cluster.events.map(\.message).contains(
                "released 192.0.2.1: pool lab is not for namespace default"))
        #expect(cluster.violations == [])
    }

    @Test func p7BetterPoolLeavesHoldersWhereTheyAre() throws {
        var cluster = Cluster(pools: [try pool("lab", "192.0.2.1-192.0.2.9")])
        cluster.apply("a")
        cluster.setPools([
            try pool("best", "198.51.100.1-198.51.100.9") { $0.namespaces = ["default"] },
            try pool("lab", "192.0.2.1-192.0.2.9"),
        ])
        cluster.restart()
        cluster.apply("b")
        #expect(cluster.seen("a") == "192.0.2.1")
        #expect(cluster.seen("b") == "198.51.100.1")
    }

    @Test func p8AllPoolsGoneLeavesServicesPending() throws {
        var cluster = Cluster(pools: [try pool("lab", "192.0.2.1-192.0.2.9")])
        cluster.apply("a")
        cluster.setPools([])
        #expect(cluster.seen("a") == "NoPools")
        cluster.restart()
        #expect(cluster.seen("a") == "NoPools")
        cluster.setPools([try pool("lab", "192.0.2.1-192.0.2.9")])
        #expect(cluster.seen("a") == "192.0.2.1")
        #expect(cluster.violations == [])
    }

    @Test func p10NamespaceAndServiceLabelsTakeEffect() throws {
        var cluster = Cluster(pools: [
            try pool("web", "192.0.2.1") {
                $0.namespaceSelectors = [LabelSelector(matchLabels: ["team": "web"])]
            },
            try pool("front", "198.51.100.1") {
                $0.serviceSelectors = [LabelSelector(matchLabels: ["tier": "front"])]
            },
        ])
        cluster.apply("a")
        #expect(cluster.seen("a") == "NoMatchingPool")
        cluster.label(namespace: "default", ["team": "web"])
        #expect(cluster.seen("a") == "192.0.2.1")
        cluster.label(namespace: "default", [:])
        #expect(cluster.seen("a") == "NoMatchingPool")
        cluster.apply("a") { $0.labels = ["tier": "front"] }
        #expect(cluster.seen("a") == "198.51.100.1")
        cluster.apply("a") { $0.labels = [:] }
        #expect(cluster.seen("a") == "NoMatchingPool")
        #expect(cluster.violations == [])
    }
}
