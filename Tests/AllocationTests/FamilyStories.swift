import Addressing
import Testing

@testable import Allocation

/// D1 to D8: one address or two.
@Suite struct FamilyStories {
    private func dual(_ name: String = "dual") throws -> Pool {
        try pool(name, "192.0.2.1-192.0.2.3", "2001:db8::1-2001:db8::3")
    }

    /// Sets policy and families.
    private func stack(
        _ policy: FamilyPolicy, _ families: AddressFamily...
    ) -> (inout ServiceRequest) -> Void {
        { request in
            request.familyPolicy = policy
            request.families = families
        }
    }

    @Test func d1SingleStackGetsOneOfTheClusterIPsFamily() throws {
        var cluster = Cluster(pools: [try dual()])
        cluster.apply("a", stack(.singleStack, .ipv4))
        cluster.apply("b", stack(.singleStack, .ipv6))
        #expect(cluster.seen("a") == "192.0.2.1")
        #expect(cluster.seen("b") == "2001:db8::1")
        #expect(cluster.violations == [])
    }

    @Test func d2RequireDualStackGetsBothOrNeither() throws {
        var cluster = Cluster(pools: [try pool("v4", "198.51.100.1"), try dual()])
        cluster.apply("a", stack(.requireDualStack, .ipv4, .ipv6))
        #expect(cluster.seen("a") == "192.0.2.1 2001:db8::1")
        cluster.setPools([try pool("v4", "198.51.100.1"), try pool("v6", "2001:db8:1::1")])
        #expect(cluster.seen("a") == "NoDualStackPool")
        #expect(cluster.message("a").hasPrefix("pools v4, v6 have not both families"))
        #expect(cluster.violations == [])
    }

    @Test func d2RequireDualStackNeedsTwoClusterIPs() throws {
        var cluster = Cluster(pools: [try dual()])
        cluster.apply("a", stack(.requireDualStack, .ipv4))
        #expect(cluster.seen("a") == "NoDualStackPool")
        #expect(cluster.message("a").contains("has only an IPv4 ClusterIP"))
        cluster.apply("a", stack(.requireDualStack, .ipv4, .ipv6))
        #expect(cluster.seen("a") == "192.0.2.1 2001:db8::1")
    }

    @Test func d2OneFamilyUsedUpIsExhaustionAndNamesIt() throws {
        var cluster = Cluster(pools: [try pool("lab", "192.0.2.1-192.0.2.9", "2001:db8::1")])
        cluster.apply("a", stack(.singleStack, .ipv6))
        cluster.apply("b", stack(.requireDualStack, .ipv4, .ipv6))
        #expect(cluster.seen("b") == "PoolExhausted")
        #expect(cluster.message("b").hasPrefix("pool lab has no free IPv6 address"))
        #expect(cluster.allocator.poolUsage[0].families[0].used == 0)
        cluster.delete("a")
        #expect(cluster.seen("b") == "192.0.2.1 2001:db8::1")
    }

    @Test func d3PreferDualStackWithOneClusterIPHoldsOneOverTenPasses() throws {
        var cluster = Cluster(pools: [try dual()])
        cluster.apply("a", stack(.preferDualStack, .ipv4))
        for _ in 0..<10 { cluster.relist() }
        #expect(cluster.seen("a") == "192.0.2.1")
        #expect(cluster.writes.count == 1)
    }

    @Test func d4PreferDualStackTakesThePoolThatHasBoth() throws {
        var cluster = Cluster(pools: [try pool("v4", "198.51.100.1"), try dual()])
        cluster.apply("a", stack(.preferDualStack, .ipv4, .ipv6))
        #expect(cluster.seen("a") == "192.0.2.1 2001:db8::1")
    }

    @Test func d4PreferDualStackTakesOnePrimaryFirstAndIsCompletedFromTheSamePool() throws {
        var cluster = Cluster(pools: [
            try pool("lab", "192.0.2.1-192.0.2.9", "2001:db8::1"),
            try pool("v6", "2001:db8:1::1"),
        ])
        let wanted = try addresses("2001:db8::1")
        cluster.apply("first") {
            $0.families = [.ipv6]
            $0.wish.addresses = wanted
        }
        cluster.apply("a", stack(.preferDualStack, .ipv4, .ipv6))
        #expect(cluster.seen("a") == "192.0.2.1")
        #expect(cluster.allocator.pending.isEmpty)
        for _ in 0..<3 { cluster.restart() }
        cluster.delete("first")
        #expect(cluster.seen("a") == "192.0.2.1 2001:db8::1")
        #expect(cluster.violations == [])
    }

    @Test func d4WithoutThePrimaryFamilyTheOtherIsTaken() throws {
        var cluster = Cluster(pools: [try pool("v6", "2001:db8:1::1")])
        cluster.apply("a", stack(.preferDualStack, .ipv4, .ipv6))
        #expect(cluster.seen("a") == "2001:db8:1::1")
        cluster.setPools([try pool("v6", "2001:db8:1::1", "192.0.2.1")])
        #expect(cluster.seen("a") == "192.0.2.1 2001:db8:1::1")
    }

    @Test func d5AddressesOfTwoPoolsOnlyOnRequest() throws {
        var cluster = Cluster(pools: [
            try pool("v4", "198.51.100.1"), try pool("v6", "2001:db8:1::1"),
        ])
        cluster.apply("a", stack(.preferDualStack, .ipv4, .ipv6))
        #expect(cluster.seen("a") == "198.51.100.1")
        let both = try addresses("198.51.100.1", "2001:db8:1::1")
        cluster.apply("a") { $0.wish.addresses = both }
        #expect(cluster.seen("a") == "198.51.100.1 2001:db8:1::1")
        #expect(cluster.pool("a") == "v4,v6")
        cluster.apply("a") { $0.wish.addresses = [] }
        cluster.restart()
        #expect(cluster.seen("a") == "198.51.100.1 2001:db8:1::1")
        #expect(cluster.violations == [])
    }

    @Test func d5OneRequestedAddressIsCompletedFromItsPool() throws {
        var cluster = Cluster(pools: [
            try pool("first", "198.51.100.1", "2001:db8:1::1"), try dual(),
        ])
        let one = try addresses("192.0.2.2")
        cluster.apply("a", stack(.requireDualStack, .ipv4, .ipv6))
        cluster.apply("a") { $0.wish.addresses = one }
        #expect(cluster.seen("a") == "192.0.2.2 2001:db8:1::1")
        cluster.apply("b") { request in
            stack(.requireDualStack, .ipv6, .ipv4)(&request)
            request.wish.addresses = [.ipv4(IPv4Address(192, 0, 2, 3))]
        }
        #expect(cluster.seen("b") == "2001:db8::1 192.0.2.3")
    }

    @Test func d6PrimaryFamilyIsFirstInStatus() throws {
        var cluster = Cluster(pools: [try dual()])
        let both = try addresses("192.0.2.2", "2001:db8::2")
        cluster.apply("a", stack(.requireDualStack, .ipv6, .ipv4))
        cluster.apply("b") { request in
            stack(.preferDualStack, .ipv6, .ipv4)(&request)
            request.wish.addresses = both
        }
        #expect(cluster.seen("a") == "2001:db8::1 192.0.2.1")
        #expect(cluster.seen("b") == "2001:db8::2 192.0.2.2")
    }

    @Test func d7PreferToRequireWithASingleFamilyPoolKeepsItsAddress() throws {
        var cluster = Cluster(pools: [try pool("v4", "198.51.100.1")])
        cluster.apply("a", stack(.preferDualStack, .ipv4, .ipv6))
        cluster.apply("a", stack(.requireDualStack, .ipv4, .ipv6))
        #expect(cluster.seen("a") == "198.51.100.1 / NoDualStackPool")
        cluster.restart()
        #expect(cluster.seen("a") == "198.51.100.1 / NoDualStackPool")
        cluster.setPools([try pool("v4", "198.51.100.1", "2001:db8::1")])
        #expect(cluster.seen("a") == "198.51.100.1 2001:db8::1")
        #expect(cluster.violations == [])
    }

    @Test func d8ChangedClusterIPFamiliesAreAllocatedAnew() throws {
        var cluster = Cluster(pools: [try dual()])
        cluster.apply("a", stack(.singleStack, .ipv4))
        cluster.apply("a", stack(.singleStack, .ipv6))
        #expect(cluster.seen("a") == "2001:db8::1")
        cluster.apply("a", stack(.preferDualStack, .ipv4, .ipv6))
        #expect(cluster.seen("a") == "192.0.2.1 2001:db8::1")
        cluster.apply("a", stack(.singleStack, .ipv4))
        #expect(cluster.seen("a") == "192.0.2.1")
        #expect(cluster.allocator.addresses.count == 1)
        #expect(cluster.violations == [])
    }
}
