import Addressing
import Testing
import Timing

@testable import Allocation

/// The next free addresses of each pool are probed before anybody wants them.
@Suite struct ProbingAheadStories {
    private let rival = LinkAddress(bits: 0x0200_0000_0009)

    private func cluster(
        _ ranges: String..., change: (inout Pool) -> Void = { _ in }
    ) throws -> Cluster {
        var lab = try pool("lab", change: change)
        lab.ranges = try ranges.map { try AddressRange($0) }
        return Cluster(pools: [lab])
    }

    private func probed(_ cluster: Cluster, since count: Int = 0) -> [String] {
        cluster.probed.dropFirst(count).map(\.description)
    }

    /// The write is in the very turn that brought the service: it waits for nothing.
    @Test func anAllocationWaitsForNothing() throws {
        var allocator = Allocator()
        let pools = PoolSet([try pool("lab", "192.0.2.1-192.0.2.9")])
        _ = allocator.handle(.poolsChanged(pools), at: .zero)
        _ = allocator.handle(.namespacesChanged([:]), at: .zero)
        let first = allocator.handle(.servicesListed([]), at: .zero)
        let ahead = (1...4).map { IPAddress.ipv4(IPv4Address(192, 0, 2, $0)) }
        #expect(first == [.probe(ahead)])
        for address in ahead { _ = allocator.handle(.addressProbed(address, .free), at: .zero) }
        let request = ServiceRequest(
            key: ServiceKey(namespace: "default", name: "a"), families: [.ipv4])
        let effects = allocator.handle(.serviceChanged(request), at: .zero)
        #expect(effects.first == .probe([.ipv4(IPv4Address(192, 0, 2, 5))]))
        let written = effects.compactMap { effect -> [IPAddress]? in
            if case .write(let decision) = effect { decision.addresses } else { nil }
        }
        #expect(written == [[ahead[0]]])
    }

    @Test func fourOfEachFamilyOfEachPoolInListedOrder() throws {
        let cluster = Cluster(pools: [
            try pool("one", "192.0.2.8-192.0.2.9", "192.0.2.1-192.0.2.5"),
            try pool("two", "198.51.100.0/24", "2001:db8::/64"),
        ])
        #expect(
            probed(cluster) == [
                "192.0.2.1", "192.0.2.2", "192.0.2.8", "192.0.2.9", "198.51.100.0",
                "198.51.100.1", "198.51.100.2", "198.51.100.3", "2001:db8::", "2001:db8::1",
                "2001:db8::2", "2001:db8::3",
            ])
    }

    @Test(arguments: ["not announced", "draining"])
    func noneOfAPoolThatIs(row: String) throws {
        let cluster = try cluster("192.0.2.1-192.0.2.9") { pool in
            pool.announce.isEnabled = row != "not announced"
            pool.isDraining = row == "draining"
        }
        #expect(cluster.probed.isEmpty, "\(row)")
    }

    /// What was asked about already is not asked about again; what is more is probed then.
    @Test func aBurstOfMoreWaitsForTheRestOnly() throws {
        var cluster = try cluster("192.0.2.1-192.0.2.9")
        cluster.answersProbes = false
        for name in ["a", "b", "c", "d", "e", "f"] { cluster.apply(name) }
        let states = ["a", "b", "c", "d", "e", "f"].map { cluster.seen($0) }
        #expect(states == (1...4).map { "192.0.2.\($0)" } + ["-", "-"])
        #expect(cluster.allocator.addresses.map(\.state).suffix(2) == [.probing, .probing])
        cluster.answerProbes()
        #expect(cluster.seen("e") == "192.0.2.5")
        #expect(cluster.seen("f") == "192.0.2.6")
        #expect(probed(cluster).count == Set(probed(cluster)).count)
        #expect(cluster.violations == [])
    }

    @Test func aForeignAnswerQuarantinesWhatNobodyWasPromised() throws {
        var cluster = Cluster(
            pools: [try pool("lab", "192.0.2.1-192.0.2.9")],
            rivals: [try address("192.0.2.1"): rival])
        #expect(
            cluster.allocator.addresses.map(\.state) == [
                .quarantined(by: rival, until: cluster.now + Allocator.quarantineDefault)
            ])
        cluster.apply("a")
        #expect(cluster.seen("a") == "192.0.2.2")
        #expect(cluster.eventReasons("a") == ["AddressAllocated"])
        #expect(probed(cluster).contains("192.0.2.5"), "four are free again")
        #expect(cluster.violations == [])
    }

    @Test func whereForeignHostsHaveAllTheConditionSaysSo() throws {
        let rivals = [try address("192.0.2.1"): rival]
        var cluster = Cluster(pools: [try pool("lab", "192.0.2.1")], rivals: rivals)
        cluster.apply("a")
        #expect(cluster.seen("a") == "PoolExhausted")
        #expect(
            cluster.message("a").hasSuffix(
                "or free 192.0.2.1, which a foreign host with link-layer address \(rival) uses"))
        cluster.apply("b") { $0.wish.addresses = [IPAddress.ipv4(IPv4Address(192, 0, 2, 1))] }
        #expect(cluster.seen("b") == "AddressConflict")
        #expect(cluster.message("b").contains("02:00:00:00:00:09"))
    }

    /// Its time-out over, it is asked about before anybody gets it.
    @Test(arguments: [true, false])
    func aQuarantineEndsWithAProbe(isStillThere: Bool) throws {
        var cluster = Cluster(
            pools: [try pool("lab", "192.0.2.1-192.0.2.9")],
            rivals: [try address("192.0.2.1"): rival])
        cluster.wait(Allocator.quarantineDefault - .seconds(1))
        let before = probed(cluster).count { $0 == "192.0.2.1" }
        #expect(before == 1)
        if !isStillThere { cluster.rivals = [:] }
        cluster.wait(.seconds(1))
        #expect(probed(cluster).count { $0 == "192.0.2.1" } == 2)
        cluster.apply("a")
        #expect(cluster.seen("a") == (isStillThere ? "192.0.2.2" : "192.0.2.1"))
        #expect(cluster.violations == [])
    }

    @Test func anOldAnswerIsAskedForAgainAndHoldsMeanwhile() throws {
        var cluster = try cluster("192.0.2.1")
        cluster.answersProbes = false
        cluster.wait(ProbedAhead.askedAgainAfter - .seconds(1))
        #expect(probed(cluster) == ["192.0.2.1"])
        cluster.wait(.seconds(1))
        #expect(probed(cluster) == ["192.0.2.1", "192.0.2.1"])
        cluster.apply("a")
        #expect(cluster.seen("a") == "192.0.2.1")
    }

    @Test func anAnswerThatIsTooOldDoesNotHold() throws {
        var cluster = try cluster("192.0.2.1")
        cluster.answersProbes = false
        cluster.wait(ProbedAhead.holds)
        cluster.apply("a")
        #expect(cluster.seen("a") == "-")
        #expect(probed(cluster) == ["192.0.2.1", "192.0.2.1"], "one question is enough")
        cluster.answerProbes()
        #expect(cluster.seen("a") == "192.0.2.1")
        #expect(cluster.violations == [])
    }

    /// A host came after the answer that the allocation rested on.
    @Test func aForeignAnswerToALaterQuestionTakesTheAddressBack() throws {
        var cluster = try cluster("192.0.2.1-192.0.2.2")
        cluster.answersProbes = false
        cluster.wait(ProbedAhead.askedAgainAfter)
        cluster.apply("a")
        #expect(cluster.seen("a") == "192.0.2.1")
        cluster.rivals[try address("192.0.2.1")] = rival
        cluster.answerProbes()
        #expect(cluster.seen("a") == "192.0.2.2")
        #expect(cluster.eventReasons("a").contains("AddressConflict"))
        #expect(cluster.violations == [])
    }

    @Test func whatIsNoLongerAmongTheNextIsForgotten() throws {
        var cluster = try cluster("192.0.2.1-192.0.2.9")
        cluster.apply("a")
        cluster.delete("a")
        #expect(probed(cluster).filter { $0 == "192.0.2.5" }.count == 1)
        cluster.wait(.seconds(300))
        #expect(probed(cluster).filter { $0 == "192.0.2.5" }.count == 1)
        #expect(probed(cluster).filter { $0 == "192.0.2.4" }.count == 6)
        #expect(cluster.violations == [])
    }

    /// Kept ones go last, in the order in which others would get them.
    @Test func whatIsKeptForAFormerHolderIsAskedAboutToo() throws {
        var cluster = try cluster("192.0.2.1-192.0.2.2") { $0.retain = .seconds(3_600) }
        cluster.apply("a")
        cluster.delete("a")
        let before = cluster.probed.count
        cluster.wait(ProbedAhead.askedAgainAfter)
        #expect(Set(probed(cluster, since: before)) == ["192.0.2.1", "192.0.2.2"])
    }

    /// Neither for those who want an address, nor for good.
    @Test func noLinkToAskOnIsNoReasonToWait() throws {
        var allocator = Allocator()
        let pools = PoolSet([try pool("lab", "192.0.2.1")])
        _ = allocator.handle(.poolsChanged(pools), at: .zero)
        _ = allocator.handle(.namespacesChanged([:]), at: .zero)
        _ = allocator.handle(.servicesListed([]), at: .zero)
        let address = try address("192.0.2.1")
        #expect(allocator.handle(.addressProbed(address, .unasked), at: .zero).isEmpty)
        #expect(allocator.addresses.isEmpty)
        let again = Instant.zero + ProbedAhead.askedAgainAfter
        #expect(allocator.nextDeadline == again)
        #expect(allocator.handle(.deadlineReached, at: again) == [.probe([address])])
        #expect(allocator.handle(.addressProbed(address, .unasked), at: again).isEmpty)
        let request = ServiceRequest(key: ServiceKey(namespace: "default", name: "a"))
        // A link may have come up since.
        #expect(
            allocator.handle(.serviceChanged(request), at: again) == [
                .probe([address]),
                .allocationsChanged([
                    AllocatedAddress(
                        address: address, pool: "lab", services: [request.key], state: .probing)
                ]),
            ])
        let written = allocator.handle(.addressProbed(address, .unasked), at: again)
        #expect(written.contains { if case .write = $0 { true } else { false } })
        #expect(allocator.checkInvariants() == [])
    }
}
