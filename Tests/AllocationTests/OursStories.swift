import Addressing
import Testing
import Timing

@testable import Allocation

/// S1 to S7, as far as the allocator decides them: whose services, and what is written.
@Suite struct OursStories {
    private func lab() throws -> [Pool] { [try pool("lab", "192.0.2.1-192.0.2.3")] }

    @Test func s1ServiceThatIsNotOursGetsNothing() throws {
        var cluster = Cluster(pools: try lab(), probesAhead: 0)
        cluster.apply("a") { $0.isOurs = false }
        #expect(cluster.writes.isEmpty && cluster.events.isEmpty && cluster.probed.isEmpty)
        #expect(
            cluster.allocator.explanation(of: ServiceKey(namespace: "default", name: "a")) == nil)
    }

    @Test func s2ChangeOfTypeReleasesAndRemovesWhatIsOurs() throws {
        var cluster = Cluster(pools: try lab())
        cluster.apply("a")
        cluster.apply("a") { $0.isOurs = false }
        #expect(cluster.seen("a") == "-")
        #expect(cluster.allocator.addresses.isEmpty)
        let last = try #require(cluster.writes.last)
        #expect(last.addresses.isEmpty && last.allocatedFrom == nil && last.condition == nil)
        #expect(cluster.eventReasons("a") == ["AddressAllocated", "AddressReleased"])
        cluster.apply("a") { $0.isOurs = true }
        #expect(cluster.seen("a") == "192.0.2.1")
        #expect(cluster.violations == [])
    }

    @Test func s3ForeignClassIsNeverTouched() throws {
        var cluster = Cluster(pools: try lab())
        let shown = try addresses("192.0.2.1")
        cluster.apply("a") {
            $0.isOurs = false
            $0.shown.addresses = shown
        }
        #expect(cluster.seen("a") == "192.0.2.1")
        #expect(cluster.writes.isEmpty)
    }

    @Test func s4IngressOfAnotherLoadBalancerIsLeftAlone() throws {
        var cluster = Cluster(pools: try lab())
        let shown = try addresses("203.0.113.7")
        cluster.apply("a") { $0.shown.addresses = shown }
        cluster.restart()
        #expect(cluster.seen("a") == "203.0.113.7")
        #expect(cluster.writes.isEmpty && cluster.events.isEmpty)
        #expect(cluster.allocator.foreignServices.map(\.name) == ["a"])
        #expect(
            cluster.allocator.explanation(of: ServiceKey(namespace: "default", name: "a"))?
                .isForeign == true)
        cluster.setPools(try lab() + [try pool("more", "203.0.113.0/24")])
        #expect(cluster.pool("a") == "more")
        #expect(cluster.seen("a") == "203.0.113.7")
        #expect(cluster.violations == [])
    }

    @Test func s4EmptiedForeignIngressMakesTheServiceOurs() throws {
        var cluster = Cluster(pools: try lab())
        let shown = try addresses("203.0.113.7")
        cluster.apply("a") { $0.shown.addresses = shown }
        cluster.apply("a") { $0.shown.addresses = [] }
        #expect(cluster.seen("a") == "192.0.2.1")
    }

    @Test func s6DeletionMissedWhileDownCountsAtTheNextFullPass() throws {
        var cluster = Cluster(pools: try lab())
        cluster.apply("a")
        cluster.behindItsBack { $0 = [:] }
        cluster.relist()
        #expect(cluster.allocator.addresses.isEmpty)
    }

    @Test func s7ServiceWithoutClusterIPWaits() throws {
        var cluster = Cluster(pools: try lab())
        cluster.apply("a") { $0.families = [] }
        #expect(cluster.seen("a") == "NoClusterIP")
        cluster.apply("a") { $0.families = [.ipv4] }
        #expect(cluster.seen("a") == "192.0.2.1")
    }

    @Test func writeThatFailedIsAskedForAgainAndOthersAreNot() throws {
        let request = ServiceRequest(key: ServiceKey(namespace: "default", name: "a"))
        var allocator = Allocator()
        let pools = [try pool("lab", "192.0.2.1") { $0.announce.isEnabled = false }]
        _ = allocator.handle(.poolsChanged(PoolSet(pools)), at: .zero)
        _ = allocator.handle(.namespacesChanged([:]), at: .zero)
        let first = allocator.handle(.servicesListed([request]), at: .zero)
        #expect(first.count == 3)
        let idle = allocator.handle(.servicesListed([request]), at: .zero)
        #expect(idle.isEmpty)
        let again = allocator.handle(.writeFailed(request.key), at: .zero)
        #expect(again == [first[0]])
        let reread = allocator.handle(.serviceChanged(request), at: .zero)
        #expect(reread == [first[0]])
    }
}
