import Addressing
import Testing
import Timing

@testable import Allocation

/// Addresses that another controller writes beside ours on a service of ours: never touched, never
/// fought over; and how they are told from addresses that were ours.
@Suite struct ForeignEntryStories {
    private static let stranger = "203.0.113.7"

    private func lab(_ range: String = "192.0.2.1-192.0.2.3") throws -> [Pool] {
        [try pool("lab", range)]
    }

    private func served() throws -> Cluster {
        var cluster = Cluster(pools: try lab())
        cluster.apply("a")
        #expect(cluster.seen("a") == "192.0.2.1")
        return cluster
    }

    @Test(arguments: [[stranger, "192.0.2.1"], ["192.0.2.1", stranger]])
    func s5EntryBesideOursStaysInWhateverOrder(shown: [String]) throws {
        var cluster = try served()
        let (writes, events) = (cluster.writes.count, cluster.events.count)
        let addresses = try shown.map { try IPAddress($0) }
        for _ in 1...10 {
            cluster.apply("a") { $0.shown.addresses = addresses }
            cluster.relist()
            cluster.restart()
        }
        #expect(cluster.writes.count == writes && cluster.events.count == events)
        #expect(cluster.seen("a") == shown.joined(separator: " "))
        #expect(cluster.violations == [])
    }

    @Test func s5EntryOutlivesAMoveOfOurs() throws {
        var cluster = try served()
        let shown = try addresses("192.0.2.1", Self.stranger)
        cluster.apply("a") { $0.shown.addresses = shown }
        cluster.setPools(try lab("192.0.2.2-192.0.2.3"))
        #expect(cluster.seen("a") == "192.0.2.2 \(Self.stranger)")
        #expect(cluster.eventReasons("a").filter { $0 == "AddressReleased" }.count == 1)
        cluster.delete("a")
        #expect(cluster.violations == [])
    }

    @Test func x3EntryInOurPlaceStaysAndOursComesBackOnce() throws {
        var cluster = try served()
        let writes = cluster.writes.count
        let shown = try addresses(Self.stranger)
        cluster.apply("a") { $0.shown.addresses = shown }
        #expect(cluster.seen("a") == "192.0.2.1 \(Self.stranger)")
        #expect(cluster.writes.count == writes + 1)
    }

    /// The pools of another load balancer come one by one, or late: every address is kept.
    @Test func x2ForeignAddressIsAdoptedOnceAPoolCoversIt() throws {
        var cluster = Cluster(pools: try lab())
        let shown = try addresses(Self.stranger)
        cluster.apply("a") { $0.shown.addresses = shown }
        #expect(cluster.writes.isEmpty, "left alone")
        cluster.setPools(try lab("192.0.2.1-192.0.2.2"))
        #expect(cluster.writes.isEmpty, "still")
        cluster.setPools(try lab() + [try pool("theirs", "203.0.113.1-203.0.113.9")])
        #expect(cluster.seen("a") == Self.stranger)
        #expect(cluster.writes.count == 1, "to say whose it is now")
        #expect(cluster.allocator.foreignServices.isEmpty)
        #expect(cluster.violations == [])
    }

    @Test func p2AddressThatTheFilesLostIsNoForeignOne() throws {
        var cluster = try served()
        cluster.setPools(try lab("192.0.2.2-192.0.2.3"))
        #expect(cluster.seen("a") == "192.0.2.2")
    }

    @Test func p2AddressThatTheFilesLostWhileDownIsNoForeignOne() throws {
        var cluster = try served()
        let shown = try addresses("192.0.2.1", Self.stranger)
        cluster.apply("a") { $0.shown.addresses = shown }
        var files = Cluster(pools: try lab("192.0.2.2-192.0.2.3"))
        files.behindItsBack { [objects = cluster.objects] in $0 = objects }
        files.restart()
        #expect(files.seen("a") == "192.0.2.2 \(Self.stranger)")
    }

    /// The condition says why it waits, not what it holds: all that is shown counts as given.
    @Test func p2AddressOfAWaitingServiceLostWhileDownIsNoForeignOne() throws {
        var cluster = try served()
        cluster.apply("a") { $0.wish.pool = "none" }
        #expect(cluster.seen("a") == "192.0.2.1 / UnknownPool")
        var files = Cluster(pools: try lab("192.0.2.2-192.0.2.3"))
        files.behindItsBack { [objects = cluster.objects] in $0 = objects }
        files.restart()
        #expect(files.seen("a") == "UnknownPool")
        let writes = files.writes.count
        let again = try addresses("192.0.2.1")
        files.apply("a") { $0.shown.addresses = again }
        #expect(files.writes.count == writes, "it came back by another hand: theirs")
    }

    @Test func aLostAddressIsRemovedThoughTheFirstWriteFails() throws {
        var cluster = try served()
        var allocator = cluster.allocator
        let changed = PoolSet(try lab("192.0.2.2-192.0.2.3"))
        func write(_ effects: [AllocationEffect]) -> ServiceDecision? {
            effects.compactMap { if case .write(let decision) = $0 { decision } else { nil } }.first
        }
        var effects = allocator.handle(.poolsChanged(changed), at: cluster.now)
        effects += allocator.handle(
            .addressProbed(try IPAddress("192.0.2.2"), .free), at: cluster.now)
        let first = try #require(write(effects))
        #expect(first.foreign == [])
        let again = allocator.handle(.writeFailed(first.service), at: cluster.now)
        #expect(write(again) == first)
        cluster.apply("b")
        #expect(cluster.violations == [])
    }
}
