import Addressing
import Naming
import Testing
import Timing

@testable import Allocation

/// What status and `heraldctl explain` read off the allocator.
@Suite struct ReportTests {
    @Test func explanationNamesEveryPoolInTheOrderOfTrialAndWhyNot() throws {
        var cluster = Cluster(pools: [
            try pool("full", "192.0.2.1"),
            try pool("shop", "192.0.2.2") { $0.namespaces = ["shop"] },
            try pool("asked", "192.0.2.3") { $0.autoAssign = false },
            try pool("going", "192.0.2.4") { $0.isDraining = true },
            try pool("little", "192.0.2.5-192.0.2.6") { $0.quotaPerNamespace = 1 },
            try pool("v6", "2001:db8::1"), try pool("open", "192.0.2.7"),
        ])
        for name in ["a", "b"] { cluster.apply(name) }
        let found = try #require(
            cluster.allocator.explanation(of: ServiceKey(namespace: "default", name: "b")))
        #expect(found.condition == AllocationCondition(.allocated, "192.0.2.5 from pool little"))
        #expect(
            found.pools.map { "\($0.pool) \($0.admits): \($0.why)" } == [
                "shop false: is not for namespace default",
                "full false: has no free IPv4 address",
                "asked false: assigns only on request",
                "going false: is draining and takes nobody new",
                "little false: has a quota of 1 for each namespace, which is used up",
                "v6 false: has no free IPv4 address",
                "open true: could serve it",
            ])
        #expect(cluster.allocator.explanation(of: ServiceKey(namespace: "x", name: "y")) == nil)
    }

    @Test func addressesShowStateAndServicesOldestFirst() throws {
        let lab = try pool("lab", "192.0.2.1-192.0.2.4")
        var cluster = Cluster(pools: [lab], probesAhead: 0)
        cluster.rivals[try address("192.0.2.1")] = try LinkAddress("02:00:00:00:00:09")
        for name in ["z", "a"] {
            cluster.apply(name) {
                $0.wish = AddressWish(
                    addresses: [.ipv4(IPv4Address(192, 0, 2, 2))], sharingKey: "k")
                $0.ports = [ServicePort("TCP", name == "z" ? 1 : 2)]
            }
        }
        cluster.apply("n")
        cluster.answersProbes = false
        cluster.apply("m")
        #expect(
            cluster.allocator.addresses.map { "\($0.address) \($0.services.map(\.name))" } == [
                "192.0.2.1 []", "192.0.2.2 [\"z\", \"a\"]", "192.0.2.3 [\"n\"]",
                "192.0.2.4 [\"m\"]",
            ])
        #expect(cluster.allocator.addresses.map(\.pool) == ["lab", "lab", "lab", "lab"])
        #expect(cluster.allocator.addresses[3].state == .probing)
        let usage = cluster.allocator.poolUsage[0].families[0]
        #expect(usage.total == 4)
        #expect(usage.used == 3)
        #expect(usage.quarantined == 1)
        #expect(usage.available == 0)
    }

    @Test func allocationsChangedCarriesOnlyWhatDiffers() throws {
        let request = ServiceRequest(key: ServiceKey(namespace: "default", name: "a"))
        var allocator = Allocator()
        let lab = try pool("lab", "192.0.2.1") { $0.announce.isEnabled = false }
        _ = allocator.handle(.poolsChanged(PoolSet([lab])), at: .zero)
        _ = allocator.handle(.namespacesChanged([:]), at: .zero)
        func changes(_ event: AllocationEvent) -> [String] {
            allocator.handle(event, at: .zero).flatMap { effect -> [String] in
                guard case .allocationsChanged(let list) = effect else { return [] }
                return list.map { "\($0.address) \($0.pool ?? "-") \($0.services.map(\.name))" }
            }
        }
        #expect(changes(.servicesListed([request])) == ["192.0.2.1 lab [\"a\"]"])
        #expect(changes(.serviceChanged(request)) == [])
        let renamed = try pool("new", "192.0.2.1")
        #expect(changes(.poolsChanged(PoolSet([renamed]))) == ["192.0.2.1 new [\"a\"]"])
        #expect(changes(.serviceRemoved(request.key)) == ["192.0.2.1 new []"])
    }

    @Test func hashIsOfContentAndOrder() throws {
        let (one, two) = (try pool("one", "192.0.2.1"), try pool("two", "192.0.2.2"))
        #expect(PoolSet([one, two]).contentHash == PoolSet([one, two]).contentHash)
        #expect(PoolSet([one, two]).contentHash != PoolSet([two, one]).contentHash)
        #expect(PoolSet().contentHashText == "cbf29ce484222325")
        #expect(PoolSet([one]).contentHashText == "88ae46f4b399b946")
    }

    /// Each row changes one field; each must change the hash.
    @Test func everyFieldIsInTheHash() throws {
        let range = try AddressRange("192.0.2.9")
        let selector = LabelSelector(matchLabels: ["a": "b"])
        let changes: [(inout Pool) -> Void] = [
            { $0.name = "x" }, { $0.ranges = [range] }, { $0.excluded = [range] },
            { $0.autoAssign.toggle() }, { $0.avoidsBuggyAddresses.toggle() }, { $0.priority = 1 },
            { $0.namespaces = ["a"] }, { $0.namespaceSelectors = [selector] },
            { $0.serviceSelectors = [selector] }, { $0.quotaPerNamespace = 1 },
            { $0.reuseDelay = .seconds(1) }, { $0.retain = .seconds(1) },
            { $0.isDraining.toggle() }, { $0.announce.isEnabled.toggle() },
            { $0.announce.mode = .address }, { $0.announce.interfaces = ["eth0"] },
            { $0.announce.nodeSelectors = [selector] },
            { $0.announce.preferredNodes = [.init(weight: 1, selector: selector)] },
        ]
        let plain = try pool("lab", "192.0.2.1")
        var hashes: Set<UInt64> = [PoolSet([plain]).contentHash]
        for change in changes {
            var pool = plain
            change(&pool)
            hashes.insert(PoolSet([pool]).contentHash)
        }
        #expect(hashes.count == changes.count + 1)
        #expect(Mirror(reflecting: plain).children.count == 14)
    }

    /// Each row: a selector's expression, labels, whether it matches.
    @Test(arguments: [
        (LabelSelector.Operator.in, ["tier": "a"], true), (.in, ["tier": "c"], false),
        (.in, [:], false),
        (.notIn, ["tier": "a"], false), (.notIn, ["tier": "c"], true), (.notIn, [:], true),
        (.exists, ["tier": ""], true), (.exists, [:], false), (.doesNotExist, [:], true),
        (.doesNotExist, ["tier": "x"], false),
    ])
    func selectorsMatchAsInKubernetes(
        word: LabelSelector.Operator, labels: [String: String], matches: Bool
    ) {
        let values = word == .in || word == .notIn ? ["a", "b"] : []
        let selector = LabelSelector(matchExpressions: [
            .init(key: "tier", operator: word, values: values)
        ])
        #expect(selector.matches(labels) == matches)
        #expect(LabelSelector().matches(labels))
    }
}
