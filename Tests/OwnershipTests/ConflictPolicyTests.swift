import Addressing
import Testing
import Timing
import Wire

@testable import Ownership

/// `onConflict`: what an owner does about a host that uses its address.
@Suite struct ConflictPolicyTests {
    /// A lone node that answers for 192.0.2.16, its burst over.
    private func owner(_ policy: ConflictPolicy) throws -> Driver {
        var driver = Driver(OwnershipConfiguration(node: "n1", onConflict: policy))
        driver.send(.linksChanged(try Scene.links()))
        driver.send(.viewLoaded([try Scene.facts("192.0.2.16")], isFresh: true))
        driver.run(milliseconds: 5_250)
        driver.forget()
        return driver
    }

    private func foreignClaim() throws -> OwnershipEvent {
        .frameReceived(try Scene.frame(sender: "192.0.2.16", target: "192.0.2.9"))
    }

    private func probes(_ driver: Driver) -> [Int64] {
        driver.log.compactMap { if case .sendProbe = $0.effect { $0.milliseconds } else { nil } }
    }

    private func defences(_ driver: Driver) -> [Bool] {
        driver.reports.compactMap {
            if case .conflict(_, Scene.foreignMAC, 2, let defended) = $0 { defended } else { nil }
        }
    }

    @Test func reportNeitherDefendsNorYields() throws {
        var driver = try owner(.report)
        for _ in 0..<20 {
            driver.send(try foreignClaim())
            driver.run(milliseconds: 1_000)
        }
        #expect(try driver.announcements(of: "192.0.2.16") == [])
        #expect(driver.answered == ["192.0.2.16@2"])
        #expect(defences(driver) == [Bool](repeating: false, count: 20))
    }

    @Test func yieldFallsSilentAtOnceAndSaysSo() throws {
        var driver = try owner(.yield)
        driver.send(try foreignClaim())
        #expect(driver.answered == [])
        #expect(try driver.state("192.0.2.16") == "unowned Conflict")
        #expect(defences(driver) == [false])
        driver.run(milliseconds: 59_999)
        #expect(try driver.announcements(of: "192.0.2.16") == [])
        #expect(probes(driver) == [])
    }

    /// Probed like an address before its first use, and announced like one that is claimed anew.
    @Test func whatNobodyAnswersForAnyMoreIsTakenBack() throws {
        var driver = try owner(.yield)
        driver.send(try foreignClaim())
        driver.run(milliseconds: 60_599)
        #expect(probes(driver) == [65_250, 65_450, 65_650])
        #expect(driver.answered == [])
        driver.run(milliseconds: 1)
        #expect(driver.answered == ["192.0.2.16@2"])
        #expect(try driver.state("192.0.2.16") == "announced n1")
        driver.run(milliseconds: 4_000)
        #expect(try driver.announcements(of: "192.0.2.16").first == 65_850)
        #expect(try driver.announcements(of: "192.0.2.16").count == 10)
    }

    @Test func everyFrameOfTheOtherHostPostponesIt() throws {
        var driver = try owner(.yield)
        for _ in 0..<3 {
            driver.send(try foreignClaim())
            driver.run(milliseconds: 59_999)
        }
        #expect(probes(driver) == [])
        driver.run(milliseconds: 1)
        #expect(probes(driver).count == 1)
    }

    @Test(
        arguments: [
            ("an answer", "192.0.2.16", "192.0.2.1", false),
            ("another host's probe", nil, "192.0.2.16", true),
        ] as [(String, String?, String, Bool)])
    func whatComesWhileItIsProbedPostponesIt(
        row: String, sender: String?, target: String, isRequest: Bool
    ) throws {
        var driver = try owner(.yield)
        driver.send(try foreignClaim())
        driver.run(milliseconds: 60_300)
        #expect(probes(driver).count == 2, "\(row)")
        driver.send(
            .frameReceived(try Scene.frame(sender: sender, target: target, isRequest: isRequest)))
        driver.run(milliseconds: 59_999)
        #expect(probes(driver).count == 2, "\(row)")
        #expect(driver.answered == [], "\(row)")
        driver.run(milliseconds: 601)
        #expect(driver.answered == ["192.0.2.16@2"], "\(row)")
    }

    /// A claim that is made anew, as its link is back, is no reason to forget it.
    @Test func whoClaimsItAgainAsksTheWireFirst() throws {
        var driver = try owner(.yield)
        driver.send(try foreignClaim())
        driver.send(.linksChanged(try Scene.links(eth0Runs: false)))
        driver.run(milliseconds: 100_000)
        driver.send(.linksChanged(try Scene.links()))
        driver.forget()
        driver.run(milliseconds: 840)
        #expect(probes(driver).count == 3)
        #expect(driver.answered == [])
        driver.run(milliseconds: 100)
        #expect(driver.answered == ["192.0.2.16@2"])
    }

    /// Without a link nobody was asked, so nobody's silence counts.
    @Test func itIsNotTakenBackWhileItsLinkIsDown() throws {
        var driver = try owner(.yield)
        driver.send(try foreignClaim())
        driver.run(milliseconds: 60_500)
        #expect(probes(driver).count == 3)
        driver.send(.linksChanged(try Scene.links(eth0Runs: false)))
        driver.run(milliseconds: 200)
        driver.send(.linksChanged(try Scene.links()))
        driver.run(milliseconds: 500)
        #expect(driver.answered == [])
        driver.run(milliseconds: 60_500)
        #expect(driver.answered == ["192.0.2.16@2"])
    }

    /// Nor is it announced once the link is back.
    @Test func itIsNotAnnouncedWhenItsLinkComesBack() throws {
        var driver = try owner(.yield)
        driver.send(try foreignClaim())
        driver.send(.linksChanged(try Scene.links(eth0Runs: false)))
        driver.run(milliseconds: 200)
        driver.send(.linksChanged(try Scene.links()))
        driver.run(milliseconds: 20_000)
        #expect(try driver.state("192.0.2.16") == "unowned Conflict")
        #expect(try driver.announcements(of: "192.0.2.16") == [])
    }

    // MARK: - Several nodes

    /// Three nodes and one address; the foreign host speaks once.
    private func contestedCluster() -> (cluster: Cluster, owner: Int) {
        var cluster = Cluster(count: 3, addresses: 1, onConflict: .yield)
        cluster.start()
        let owner = cluster.owners(0).first ?? 0
        cluster.foreignAddress = Cluster.address(0)
        cluster.forget()
        cluster.foreignHostSpeaks()
        cluster.run(milliseconds: 100)
        return (cluster, owner)
    }

    private func states(_ cluster: Cluster) -> [AddressState?] {
        cluster.nodes.map { $0.ownership.addressStatuses().first?.state }
    }

    @Test func noOtherNodeTakesWhatOneYielded() {
        var (cluster, owner) = contestedCluster()
        for _ in 0..<5 {
            cluster.run(milliseconds: 60_000)
            #expect(cluster.owners(0) == [])
        }
        #expect(cluster.claimants(of: 0) == [owner])
        #expect(cluster.answering.count == 1, "\(cluster.answering)")
        #expect(cluster.announced.isEmpty)
        #expect(states(cluster) == [AddressState?](repeating: .unowned(.conflict), count: 3))
        cluster.foreignAddress = nil
        cluster.run(milliseconds: 61_000)
        #expect(cluster.owners(0) == [owner])
        #expect(states(cluster) == [AddressState?](repeating: .announced, count: 3))
    }

    /// Whoever comes after it asks the wire before it answers, also when the owner forgot at once that
    /// it had it.
    @Test(arguments: ["dies", "is drained", "starts anew"])
    func whoTakesOverAsksTheWireFirst(row: String) {
        var (cluster, owner) = contestedCluster()
        switch row {
        case "dies": cluster.kill(owner)
        case "is drained": cluster.send(.drainChanged(true), to: owner)
        default: cluster.restart(owner, incarnation: 2)
        }
        cluster.run(milliseconds: 3_000)
        #expect(cluster.claimants(of: 0).count == 1, "\(row)")
        #expect(cluster.claimants(of: 0) != [owner], "\(row)")
        #expect(cluster.answering.count == 1, "\(row): \(cluster.answering)")
        #expect(cluster.announced.isEmpty, "\(row)")
        cluster.foreignAddress = nil
        cluster.run(milliseconds: 62_000)
        #expect(cluster.owners(0) == cluster.claimants(of: 0), "\(row)")
        #expect(cluster.owners(0).count == 1, "\(row)")
    }

    /// What one found free need not be asked for by the next.
    @Test func whatWasFoundFreeIsTakenOverAtOnce() {
        var (cluster, owner) = contestedCluster()
        cluster.foreignAddress = nil
        cluster.restart(owner, incarnation: 2)
        cluster.run(milliseconds: 3_000)
        let next = cluster.owners(0).first ?? owner
        #expect(next != owner)
        cluster.forget()
        cluster.kill(next)
        cluster.run(milliseconds: 500)
        #expect(cluster.owners(0).count == 1)
    }

    /// The other node asked the wire when it stood in for the owner, and its claim gives way to the
    /// owner's: it shall not be dark for the rest of a minute.
    @Test func whatAnotherFoundFreeIsAskedForAtOnce() {
        var cluster = Cluster(count: 2, addresses: 1, onConflict: .yield)
        cluster.start()
        let owner = cluster.owners(0).first ?? 0
        cluster.foreignAddress = Cluster.address(0)
        cluster.foreignHostSpeaks()
        cluster.run(milliseconds: 100)
        cluster.foreignAddress = nil
        cluster.isolate(owner)
        cluster.run(milliseconds: 2_000)
        #expect(cluster.owners(0) == [1 - owner])
        cluster.isolate(owner, false)
        cluster.run(milliseconds: 1_000)
        #expect(cluster.owners(0) == [owner])
    }

    @Test func whoeverDefendsTakesOverAtOnce() {
        var cluster = Cluster(count: 2, addresses: 1)
        cluster.start()
        let owner = cluster.owners(0)
        cluster.foreignAddress = Cluster.address(0)
        cluster.forget()
        cluster.foreignHostSpeaks()
        cluster.run(milliseconds: 100)
        #expect(cluster.owners(0) == owner)
        #expect(cluster.announced.map(\.node) == owner)
    }

    /// Its kernel answers for it, from a link-layer address that is a node's.
    @Test func whatANodeHasForItselfIsTaken() {
        var cluster = Cluster(count: 2, addresses: 1)
        cluster.start()
        cluster.forget()
        cluster.send(.probeRequested([Cluster.own(1)]), to: 0)
        #expect(
            cluster.nodes[0].reports == [.probeFinished(Cluster.own(1), .taken(Cluster.mac(1)))])
    }
}
