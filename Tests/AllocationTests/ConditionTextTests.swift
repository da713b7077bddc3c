import Addressing
import Testing
import Timing

@testable import Allocation

/// Every sentence that a user can read in the condition, word for word.
@Suite struct ConditionTextTests {
    private static func range(_ name: String) throws -> Pool {
        try pool(name, "192.0.2.1-192.0.2.3")
    }

    private static func text(_ condition: AllocationCondition) -> String {
        "\(condition.reason.rawValue): \(condition.message)"
    }

    @Test func ofWhatIsThereOrMissing() throws {
        let (v4, v6) = (try address("192.0.2.1"), try address("2001:db8::1"))
        #expect(
            [
                .allocated([v4], ["lab"]), .allocated([v4, v6], ["lab", "six"]), .noClusterIP,
                .noPools, .notInAnyPool(v4),
                .conflict(v4, try LinkAddress("02:00:5e:00:53:01")),
            ].map(Self.text) == [
                "Allocated: 192.0.2.1 from pool lab",
                "Allocated: 192.0.2.1 from pool lab and 2001:db8::1 from pool six",
                "NoClusterIP: the service has no ClusterIP yet; it waits for one",
                "NoPools: there are no address pools; put a pool file into the pools folder",
                "NotInAnyPool: requested address 192.0.2.1 is in no pool; add it to one or request "
                    + "another",
                "AddressConflict: address 192.0.2.1 is used by a foreign host with link-layer "
                    + "address 02:00:5e:00:53:01; free it there or request another",
            ])
    }

    @Test func ofPoolsThatCannotServe() throws {
        let one = [try Self.range("lab")]
        let seven = try (1...7).map { try Self.range("p\($0)") }
        let key = ServiceKey(namespace: "shop", name: "web")
        var draining = try Self.range("lab")
        draining.isDraining = true
        func rivals(_ others: Int) -> AllocationCondition.Rivals {
            AllocationCondition.Rivals(
                address: .ipv4(IPv4Address(192, 0, 2, 1)),
                linkAddress: LinkAddress(bits: 0x0200_5E00_5301), others: others)
        }
        #expect(
            [
                .exhausted(one, .ipv4), .exhausted(one, .ipv4, rivals: rivals(0)),
                .exhausted(one, .ipv4, rivals: rivals(2)),
                .exhausted(seven, .ipv6), .unknownPool("x", one),
                .quotaExceeded(one[0], 4, "shop"), .noDualStackPool(one), .noDualStackPool(seven),
                .noFamily([.ipv6], one), .noFamily([.ipv4, .ipv6], one), .oneClusterIP([.ipv6]),
                .noMatchingPool([(one[0], "is not for namespace shop"), (draining, nil)], key),
                .noMatchingPool([(one[0], nil)], key),
            ].map(Self.text) == [
                "PoolExhausted: pool lab has no free IPv4 address; add addresses or release a "
                    + "service",
                "PoolExhausted: pool lab has no free IPv4 address; add addresses or release a "
                    + "service, or free 192.0.2.1, which a foreign host with link-layer address "
                    + "02:00:5e:00:53:01 uses",
                "PoolExhausted: pool lab has no free IPv4 address; add addresses or release a "
                    + "service, or free 192.0.2.1 (one of 3 that heraldctl addresses names), which "
                    + "a foreign host with link-layer address 02:00:5e:00:53:01 uses",
                "PoolExhausted: pools p1, p2, p3, p4, p5 and 2 more have no free IPv6 address; add "
                    + "addresses or release a service",
                "UnknownPool: requested pool x does not exist; there are lab",
                "QuotaExceeded: namespace shop may hold 4 of pool lab and would hold more; release "
                    + "a service or raise quota.perNamespace",
                "NoDualStackPool: pool lab has not both families, which the service requires from "
                    + "one pool; add the missing family to a pool",
                "NoDualStackPool: pools p1, p2, p3, p4, p5 and 2 more have not both families, which "
                    + "the service requires from one pool; add the missing family to a pool",
                "NoMatchingPool: pool lab has no IPv6 addresses; add some to a pool",
                "NoMatchingPool: pool lab has no IPv4 or IPv6 addresses; add some to a pool",
                "NoDualStackPool: the service requires dual stack and has only an IPv6 ClusterIP; "
                    + "the cluster must give it two",
                "NoMatchingPool: no pool is for shop/web: pool lab is not for namespace shop, pool "
                    + "lab is draining",
                "NoMatchingPool: no pool is for shop/web: pool lab assigns only on request",
            ])
    }

    @Test func ofAnAddressThatOthersHold() throws {
        let (v4, key) = (try address("192.0.2.1"), ServiceKey(namespace: "shop", name: "web"))
        let refusals: [SharingRefusal] = [
            .keysDiffer, .commonPort(ServicePort("TCP", 80)), .policiesDiffer, .selectorsDiffer,
        ]
        #expect(
            refusals.map { Self.text(.notShareable(v4, key, $0)) } == [
                "AddressInUse: address 192.0.2.1 is held by shop/web; equal sharing keys would let "
                    + "both have it",
                "SharingConflict: address 192.0.2.1 cannot be shared with shop/web: both use TCP/80",
                "SharingConflict: address 192.0.2.1 cannot be shared with shop/web: one has "
                    + "externalTrafficPolicy Local, the other Cluster",
                "SharingConflict: address 192.0.2.1 cannot be shared with shop/web: with "
                    + "externalTrafficPolicy Local the selectors must be equal",
            ])
    }

    /// Each row: what is requested of pools lab (192.0.2.1 to .9 without .4), shut (for namespace
    /// other) and full (draining), and what is said.
    @Test(arguments: [
        (
            "three addresses", ["192.0.2.1", "192.0.2.2", "192.0.2.3"], nil as String?,
            "InvalidRequest: 3 addresses are requested (192.0.2.1, 192.0.2.2, 192.0.2.3): at most "
                + "one of each family"
        ),
        (
            "two of a family", ["192.0.2.1", "192.0.2.2"], nil,
            "InvalidRequest: two IPv4 addresses are requested (192.0.2.1, 192.0.2.2): at most one "
                + "of each family"
        ),
        (
            "the wrong family", ["2001:db8::1"], nil,
            "InvalidRequest: requested address 2001:db8::1 is IPv6, the service has only IPv4"
        ),
        (
            "an address of another pool", ["192.0.2.1"], "shut",
            "InvalidRequest: requested address 192.0.2.1 is not in requested pool shut"
        ),
        (
            "a pool that is not there", [], "x",
            "UnknownPool: requested pool x does not exist; there are lab, shut, full"
        ),
        (
            "a pool of others", [], "shut",
            "PoolNotAllowed: pool shut is not for namespace default"
        ),
        (
            "a draining pool", [], "full",
            "PoolNotAllowed: pool full is draining and takes nobody new"
        ),
        (
            "an address of others", ["198.51.100.1"], nil,
            "PoolNotAllowed: requested address 198.51.100.1 is in pool shut, which is not for "
                + "namespace default"
        ),
        (
            "an address of a draining pool", ["203.0.113.1"], nil,
            "PoolNotAllowed: requested address 203.0.113.1 is in pool full, which is draining and "
                + "takes nobody new"
        ),
        (
            "an excluded address", ["192.0.2.4"], nil,
            "NotInAnyPool: requested address 192.0.2.4 is in pool lab, which excludes it"
        ),
        (
            "a buggy address", ["198.18.0.0"], nil,
            "NotInAnyPool: requested address 198.18.0.0 is in pool wide, which avoids addresses "
                + "that end in 0 or 255"
        ),
        (
            "an address in use by the network", ["192.0.2.5"], nil,
            "AddressInUse: address 192.0.2.5 is the default gateway on eth0"
        ),
        (
            "an address that rests", ["192.0.2.6"], nil,
            "AddressInUse: address 192.0.2.6 was freed and rests for the reuseDelay of pool lab"
        ),
    ])
    func ofARequest(what: String, addresses: [String], pool name: String?, said: String) throws {
        let excluded = AddressRange(try address("192.0.2.4"))
        var pools = [
            try pool("lab", "192.0.2.1-192.0.2.9") {
                $0.excluded = [excluded]
                $0.reuseDelay = .seconds(60)
            }, try pool("shut", "198.51.100.0/24") { $0.namespaces = ["other"] },
            try pool("full", "203.0.113.0/24") { $0.isDraining = true },
        ]
        if what == "a buggy address" {
            pools.append(try pool("wide", "198.18.0.0/24") { $0.avoidsBuggyAddresses = true })
        }
        var cluster = Cluster(pools: pools)
        cluster.feed(
            .forbiddenAddressesChanged([
                ForbiddenAddress(try address("192.0.2.5"), use: "the default gateway on eth0")
            ]))
        let rested = try address("192.0.2.6")
        cluster.apply("former") { $0.wish.addresses = [rested] }
        cluster.delete("former")
        let asked = try addresses.map { try address($0) }
        cluster.apply("a") {
            $0.wish.addresses = asked
            $0.wish.pool = name
        }
        #expect("\(cluster.seen("a")): \(cluster.message("a"))" == said, "\(what)")
    }

    /// Every reason is one of the documented ones and each is reached by some story.
    @Test func theReasonsAreThese() {
        #expect(
            AllocationReason.allCases.map(\.rawValue) == [
                "Allocated", "NoPools", "NoMatchingPool", "PoolExhausted", "UnknownPool",
                "PoolNotAllowed", "NotInAnyPool", "AddressInUse", "SharingConflict",
                "InvalidRequest", "NoClusterIP", "NoDualStackPool", "QuotaExceeded",
                "AddressConflict",
            ])
    }
}

/// Every sentence that tells of an address that came or went, word for word.
@Suite struct EventTextTests {
    /// Each row: what changes while `a` holds 192.0.2.1, and the release that is told.
    @Test(arguments: [
        ("its pool is cut", "the pool files no longer contain it"),
        ("its pool excludes it", "the pool files leave it out of pool lab now"),
        ("its pool is for others", "pool lab is not for namespace default"),
        ("its family goes", "the service has no IPv4 ClusterIP any more"),
        ("it asks for another", "the service has another address now"),
        ("its type changes", "the service is no longer a LoadBalancer of Herald's"),
    ])
    func ofARelease(what: String, why: String) throws {
        let range = try AddressRange("192.0.2.1-192.0.2.9")
        var cluster = Cluster(pools: [Pool(name: "lab", ranges: [range], retain: .zero)])
        cluster.apply("a")
        let other = try address("192.0.2.5")
        var changed = Pool(name: "lab", ranges: [range], retain: .zero)
        switch what {
        case "its pool is cut":
            changed = Pool(
                name: "lab", ranges: [try AddressRange("192.0.2.2-192.0.2.9")], retain: .zero)
        case "its pool excludes it": changed.excluded = [try AddressRange("192.0.2.1")]
        case "its pool is for others": changed.namespaces = ["other"]
        case "its family goes": cluster.apply("a") { $0.families = [.ipv6] }
        case "it asks for another": cluster.apply("a") { $0.wish.addresses = [other] }
        default: cluster.apply("a") { $0.isOurs = false }
        }
        cluster.setPools([changed])
        let released = cluster.events.filter { $0.reason == .addressReleased }
        #expect(released.map(\.message) == ["released 192.0.2.1: \(why)"], "\(what)")
        #expect(released.first?.type == "Normal")
    }

    @Test func ofAnAllocationAndAWait() throws {
        var cluster = Cluster(pools: [try pool("lab", "192.0.2.1")])
        cluster.apply("a")
        cluster.apply("b")
        #expect(
            cluster.events.map { "\($0.type) \($0.reason.rawValue): \($0.message)" } == [
                "Normal AddressAllocated: allocated 192.0.2.1 from pool lab",
                "Warning AllocationPending: pool lab has no free IPv4 address; add addresses or "
                    + "release a service",
            ])
    }
}
