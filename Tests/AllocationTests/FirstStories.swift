import Addressing
import Testing
import Timing

@testable import Allocation

@Suite struct FirstStories {
    @Test func servicesGetTheFirstFreeAddressInListedOrder() throws {
        var cluster = Cluster(pools: [try pool("lab", "192.0.2.20-192.0.2.21", "192.0.2.5")])
        cluster.apply("a")
        cluster.apply("b")
        cluster.apply("c")
        #expect(cluster.seen("a") == "192.0.2.20")
        #expect(cluster.seen("b") == "192.0.2.21")
        #expect(cluster.seen("c") == "192.0.2.5")
        #expect(cluster.pool("c") == "lab")
        #expect(cluster.message("c") == "192.0.2.5 from pool lab")
        #expect(cluster.violations == [])
    }

    @Test func exhaustedPoolLeavesTheSecondPendingUntilTheFirstGoes() throws {
        var cluster = Cluster(pools: [try pool("lab", "192.0.2.1")])
        cluster.apply("a")
        cluster.apply("b")
        #expect(cluster.seen("b") == "PoolExhausted")
        #expect(cluster.message("b").hasPrefix("pool lab has no free IPv4 address"))
        #expect(cluster.eventReasons("b") == ["AllocationPending"])
        #expect(cluster.allocator.pending.map(\.service.name) == ["b"])
        cluster.delete("a")
        #expect(cluster.seen("b") == "192.0.2.1")
        #expect(cluster.eventReasons("b") == ["AllocationPending", "AddressAllocated"])
        #expect(cluster.allocator.pending.isEmpty)
        #expect(cluster.violations == [])
    }

    @Test func addressThatAForeignHostUsesIsNotHandedOut() throws {
        let pools = [try pool("lab", "192.0.2.1-192.0.2.2")]
        var cluster = Cluster(pools: pools, probesAhead: 0)
        cluster.rivals[try address("192.0.2.1")] = try LinkAddress("02:00:00:00:00:09")
        cluster.apply("a")
        #expect(cluster.seen("a") == "192.0.2.2")
        #expect(cluster.eventReasons("a") == ["AddressConflict", "AddressAllocated"])
        #expect(cluster.events[0].message.contains("02:00:00:00:00:09"))
        #expect(cluster.allocator.poolUsage[0].families[0].quarantined == 1)
        cluster.apply("b")
        #expect(cluster.seen("b") == "PoolExhausted")
        cluster.rivals = [:]
        cluster.wait(Allocator.quarantineDefault)
        #expect(cluster.seen("b") == "192.0.2.1")
        #expect(cluster.violations == [])
    }

    @Test func nothingIsWrittenBeforeTheProbeIsAnswered() throws {
        let pools = [try pool("lab", "192.0.2.1-192.0.2.2")]
        var cluster = Cluster(pools: pools, probesAhead: 0)
        cluster.answersProbes = false
        cluster.apply("a")
        #expect(cluster.probed == (try addresses("192.0.2.1")))
        #expect(cluster.writes.isEmpty)
        #expect(cluster.allocator.addresses[0].state == .probing)
        cluster.apply("b")
        cluster.answerProbes()
        #expect(cluster.seen("a") == "192.0.2.1")
        #expect(cluster.seen("b") == "192.0.2.2")
        #expect(cluster.writes.count == 2)
        #expect(cluster.violations == [])
    }

    @Test func addressesOfAPoolThatIsNotAnnouncedAreNotProbed() throws {
        var cluster = Cluster(pools: [
            try pool("lab", "192.0.2.1") { $0.announce.isEnabled = false }
        ])
        cluster.apply("a")
        #expect(cluster.seen("a") == "192.0.2.1")
        #expect(cluster.probed.isEmpty)
    }

    @Test func restartAdoptsWithoutProbeOrWrite() throws {
        var cluster = Cluster(pools: [try pool("lab", "192.0.2.1-192.0.2.2")])
        cluster.apply("a")
        cluster.apply("b")
        cluster.apply("c")
        let (writes, probed, events) =
            (cluster.writes.count, cluster.probed.count, cluster.events.count)
        for _ in 0..<5 { cluster.restart { $0.reversed() } }
        #expect(cluster.seen("a") == "192.0.2.1")
        #expect(cluster.seen("b") == "192.0.2.2")
        #expect(cluster.seen("c") == "PoolExhausted")
        #expect(cluster.writes.count == writes)
        #expect(cluster.probed.count == probed)
        #expect(cluster.events.count == events)
        #expect(cluster.violations == [])
    }

    @Test func nothingIsDecidedBeforeEverythingWasHeard() throws {
        let request = ServiceRequest(key: ServiceKey(namespace: "default", name: "a"))
        let pools = PoolSet([try pool("lab", "192.0.2.1")])
        var allocator = Allocator()
        let early =
            allocator.handle(.servicesListed([request]), at: .zero)
            + allocator.handle(.poolsChanged(pools), at: .zero)
        #expect(early.isEmpty)
        let effects = allocator.handle(.namespacesChanged([:]), at: .zero)
        #expect(effects.first == .probe([try address("192.0.2.1")]))
    }
}
