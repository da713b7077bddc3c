import Addressing
import Testing

@testable import Allocation

/// H1 to H6: when two services may hold one address.
@Suite struct SharingStories {
    private let vip = IPAddress.ipv4(IPv4Address(192, 0, 2, 1))

    private func cluster() throws -> Cluster {
        Cluster(pools: [try pool("lab", "192.0.2.1-192.0.2.9")])
    }

    /// A service that asks for the address under key `k`.
    private func asks(
        _ port: ServicePort, key: String? = "k", policy: TrafficPolicy = .cluster,
        selector: [String: String] = [:]
    ) -> (inout ServiceRequest) -> Void {
        { request in
            request.wish = AddressWish(addresses: [vip], sharingKey: key)
            request.ports = [port]
            request.trafficPolicy = policy
            request.selector = selector
        }
    }

    @Test func h1SameNumberOfTwoProtocolsShares() throws {
        var cluster = try cluster()
        cluster.apply("tcp", asks(ServicePort("TCP", 53)))
        cluster.apply("udp", asks(ServicePort("UDP", 53)))
        #expect(cluster.seen("tcp") == "192.0.2.1")
        #expect(cluster.seen("udp") == "192.0.2.1")
        #expect(
            cluster.allocator.addresses.map { $0.services.map(\.name) } == [["tcp", "udp"]])
        #expect(cluster.probed.count { $0 == vip } == 1)
        #expect(cluster.violations == [])
    }

    @Test func h2AnyNumberSharesAcrossNamespaces() throws {
        var cluster = try cluster()
        for port in 1...20 {
            cluster.apply(
                "s\(port)", namespace: "ns\(port % 3)", asks(ServicePort("TCP", port)))
        }
        #expect(cluster.allocator.addresses.map(\.services.count) == [20])
        #expect(cluster.allocator.poolUsage[0].families[0].used == 1)
        #expect(cluster.violations == [])
    }

    /// Each row: the second service, whether it may join, and what is said when not.
    @Test func onlyServicesThatFitJoin() throws {
        let rows: [(what: String, second: (inout ServiceRequest) -> Void, said: String)] = [
            (
                "no key", asks(ServicePort("TCP", 81), key: nil),
                "address 192.0.2.1 is held by default/first; equal sharing keys would let both have it"
            ),
            (
                "other key", asks(ServicePort("TCP", 81), key: "x"),
                "address 192.0.2.1 is held by default/first; equal sharing keys would let both have it"
            ),
            (
                "same port", asks(ServicePort("TCP", 80)),
                "address 192.0.2.1 cannot be shared with default/first: both use TCP/80"
            ),
            (
                "Local with Cluster", asks(ServicePort("TCP", 81), policy: .local),
                "address 192.0.2.1 cannot be shared with default/first: one has "
                    + "externalTrafficPolicy Local, the other Cluster"
            ),
            ("Cluster with Cluster", asks(ServicePort("TCP", 81), selector: ["app": "x"]), ""),
        ]
        for row in rows {
            var cluster = try cluster()
            cluster.apply("first", asks(ServicePort("TCP", 80)))
            cluster.apply("second", row.second)
            #expect(cluster.seen("first") == "192.0.2.1", "\(row.what)")
            if row.said.isEmpty {
                #expect(cluster.seen("second") == "192.0.2.1", "\(row.what)")
            } else {
                let reason = row.said.contains("cannot") ? "SharingConflict" : "AddressInUse"
                #expect(cluster.seen("second") == reason, "\(row.what)")
                #expect(cluster.message("second") == row.said, "\(row.what)")
            }
            #expect(cluster.violations == [])
        }
    }

    @Test func localServicesShareOnlyWithTheSameSelector() throws {
        var cluster = try cluster()
        cluster.apply("a", asks(ServicePort("TCP", 80), policy: .local, selector: ["app": "web"]))
        cluster.apply("b", asks(ServicePort("TCP", 81), policy: .local, selector: ["app": "web"]))
        cluster.apply("c", asks(ServicePort("TCP", 82), policy: .local, selector: ["app": "db"]))
        #expect(cluster.seen("b") == "192.0.2.1")
        #expect(cluster.seen("c") == "SharingConflict")
    }

    @Test func h3SoleHolderChangesKeyPolicyAndPortsInPlace() throws {
        var cluster = try cluster()
        cluster.apply("a", asks(ServicePort("TCP", 80)))
        cluster.apply("a", asks(ServicePort("UDP", 99), key: "other", policy: .local))
        #expect(cluster.seen("a") == "192.0.2.1")
        cluster.apply("b", asks(ServicePort("TCP", 80), key: "other", policy: .local))
        #expect(cluster.seen("b") == "192.0.2.1")
        #expect(cluster.violations == [])
    }

    @Test func h4OneThatBecomesIncompatibleMovesAwayAndTheOthersKeep() throws {
        var cluster = try cluster()
        cluster.apply("older", asks(ServicePort("TCP", 80)))
        cluster.apply("younger", asks(ServicePort("TCP", 81)))
        cluster.apply("older") { $0.wish = AddressWish(sharingKey: "other") }
        #expect(cluster.seen("older") == "192.0.2.2")
        #expect(cluster.seen("younger") == "192.0.2.1")
        cluster.apply("third", asks(ServicePort("TCP", 82)))
        cluster.apply("third", asks(ServicePort("TCP", 81)))
        #expect(cluster.seen("third") == "SharingConflict")
        #expect(
            cluster.eventReasons("third") == [
                "AddressAllocated", "AddressReleased", "AllocationPending",
            ])
        #expect(cluster.violations == [])
    }

    @Test func h5MadeCompatibleAgainIsRetriedAtOnce() throws {
        var cluster = try cluster()
        cluster.apply("a", asks(ServicePort("TCP", 80)))
        cluster.apply("b", asks(ServicePort("TCP", 80)))
        #expect(cluster.seen("b") == "SharingConflict")
        cluster.apply("a") { $0.ports = [ServicePort("TCP", 8080)] }
        #expect(cluster.seen("b") == "192.0.2.1")
        cluster.apply("c", asks(ServicePort("TCP", 1), key: "x"))
        cluster.apply("a") { $0.wish.sharingKey = "x" }
        #expect(cluster.seen("a") == "AddressInUse")
        cluster.delete("b")
        #expect(cluster.seen("a") == "192.0.2.1")
        #expect(cluster.seen("c") == "192.0.2.1")
        #expect(cluster.violations == [])
    }

    @Test func h6KeyAloneDoesNotForceSharing() throws {
        var cluster = try cluster()
        cluster.apply("a", asks(ServicePort("TCP", 80)))
        cluster.apply("b") {
            $0.wish.sharingKey = "k"
            $0.ports = [ServicePort("TCP", 81)]
        }
        #expect(cluster.seen("b") == "192.0.2.2")
    }

    @Test func h6WithNothingFreeTheKeyLetsAServiceJoin() throws {
        var cluster = Cluster(pools: [try pool("lab", "192.0.2.1")])
        cluster.apply("a") { $0.wish.sharingKey = "k" }
        cluster.apply("b") {
            $0.wish.sharingKey = "k"
            $0.ports = [ServicePort("TCP", 81)]
        }
        cluster.apply("c") { $0.wish.sharingKey = "k" }
        #expect(cluster.seen("b") == "192.0.2.1")
        #expect(cluster.seen("c") == "PoolExhausted")
        cluster.apply("a") { $0.ports = [ServicePort("UDP", 1)] }
        #expect(cluster.seen("c") == "192.0.2.1")
        #expect(cluster.violations == [])
    }

    @Test func h6JoinedByAddressInTheRequestedPool() throws {
        var cluster = try cluster()
        cluster.apply("a", asks(ServicePort("TCP", 80)))
        cluster.apply("b") { request in
            request.wish = AddressWish(addresses: [vip], pool: "lab", sharingKey: "k")
            request.ports = [ServicePort("TCP", 81)]
        }
        #expect(cluster.seen("b") == "192.0.2.1")
    }

    @Test func bothHoldersMayChangeTheKeyTogetherBehindOurBack() throws {
        var cluster = try cluster()
        cluster.apply("a", asks(ServicePort("TCP", 80)))
        cluster.apply("b", asks(ServicePort("TCP", 81)))
        cluster.behindItsBack { objects in
            for key in objects.keys { objects[key]?.wish.sharingKey = "new" }
        }
        cluster.relist()
        #expect(cluster.seen("a") == "192.0.2.1")
        #expect(cluster.seen("b") == "192.0.2.1")
        #expect(cluster.writes.count == 2)
        #expect(cluster.violations == [])
    }
}
