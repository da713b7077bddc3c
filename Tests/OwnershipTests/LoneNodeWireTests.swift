import Addressing
import Ownership
import Testing
import Timing

/// Probes and conflicts, told as stories of one node.
@Suite struct LoneNodeWireTests {
    private func probes(_ driver: Driver) -> [Int64] {
        driver.log.compactMap {
            if case .sendProbe = $0.effect { $0.milliseconds } else { nil }
        }
    }

    @Test func threeProbesThenFree() throws {
        var driver = try Scene.started([])
        driver.forget()
        let address = try IPAddress("192.0.2.16")
        driver.send(.probeRequested([address]))
        driver.run(milliseconds: 1_000)
        #expect(probes(driver).map { $0 - 250 } == [0, 200, 400])
        #expect(driver.reports == [.probeFinished(address, .free)])
        #expect(driver.log.last?.milliseconds == 850)
    }

    @Test(
        arguments: [
            ("an answer", "192.0.2.16", "192.0.2.1", false),
            ("a gratuitous frame", "192.0.2.16", "192.0.2.16", true),
            ("another host's probe", nil, "192.0.2.16", true),
        ] as [(String, String?, String, Bool)])
    func aForeignHostMakesItTaken(
        row: String, sender: String?, target: String, isRequest: Bool
    ) throws {
        var driver = try Scene.started([])
        driver.forget()
        let address = try IPAddress("192.0.2.16")
        driver.send(.probeRequested([address]))
        driver.run(milliseconds: 100)
        driver.send(
            .frameReceived(
                try Scene.frame(sender: sender, target: target, isRequest: isRequest)))
        driver.run(milliseconds: 1_000)
        #expect(driver.reports == [.probeFinished(address, .taken(Scene.foreignMAC))], "\(row)")
        #expect(probes(driver).count == 1, "\(row)")
    }

    @Test(arguments: [
        ("somebody else asks for it", "192.0.2.9", "192.0.2.16", true),
        ("another address", "192.0.2.9", "192.0.2.1", false),
    ])
    func otherFramesLeaveItFree(
        row: String, sender: String, target: String, isRequest: Bool
    ) throws {
        var driver = try Scene.started([])
        driver.forget()
        let address = try IPAddress("192.0.2.16")
        driver.send(.probeRequested([address]))
        driver.send(
            .frameReceived(
                try Scene.frame(sender: sender, target: target, isRequest: isRequest)))
        driver.run(milliseconds: 1_000)
        #expect(driver.reports == [.probeFinished(address, .free)], "\(row)")
    }

    @Test func ourOwnFramesProveNothing() throws {
        var driver = try Scene.started([])
        let address = try IPAddress("192.0.2.16")
        driver.forget()
        driver.send(.probeRequested([address]))
        driver.send(
            .frameReceived(
                try Scene.frame(from: Scene.ownMAC, sender: "192.0.2.16", target: "192.0.2.16")))
        driver.run(milliseconds: 1_000)
        #expect(driver.reports == [.probeFinished(address, .free)])
    }

    @Test func aProbeGoesOutOnTheLinksOfThePool() throws {
        var driver = Driver()
        driver.send(.linksChanged(try Scene.links(eth1: true)))
        let address = try IPAddress("192.0.2.16")
        driver.send(.probesRequested([ProbeRequest(address, interfaces: ["eth1"])]))
        #expect(driver.effects.contains(.sendProbe(address, link: 3)))
        #expect(!driver.effects.contains(.sendProbe(address, link: 2)))
    }

    @Test func withoutALinkItCannotBeProbed() throws {
        var driver = try Scene.started([])
        driver.forget()
        let address = try IPAddress("203.0.113.1")
        driver.send(.probeRequested([address]))
        #expect(driver.reports == [.probeFinished(address, .noLink)])
    }

    /// Without a link nobody was asked, so nobody's silence counts.
    @Test(arguments: [0, 100, 450])
    func itIsNotFreeWhenItsLinkIsLostMeanwhile(after milliseconds: Int64) throws {
        var driver = try Scene.started([])
        driver.forget()
        let address = try IPAddress("192.0.2.16")
        driver.send(.probeRequested([address]))
        driver.run(milliseconds: milliseconds)
        driver.send(.linksChanged(try Scene.links(eth0Runs: false)))
        driver.run(milliseconds: 140)
        driver.send(.linksChanged(try Scene.links()))
        driver.run(milliseconds: 1_000)
        #expect(driver.reports == [.probeFinished(address, .noLink)])
    }

    @Test func oneLinkOfTwoIsEnoughToAsk() throws {
        var driver = Driver()
        driver.send(.linksChanged(try Scene.links(eth1: true)))
        driver.run(milliseconds: 250)
        let address = try IPAddress("192.0.2.16")
        driver.send(.probesRequested([ProbeRequest(address, interfaces: ["eth0", "eth1"])]))
        driver.run(milliseconds: 100)
        driver.send(.linksChanged(try Scene.links(eth0Runs: false, eth1: true)))
        driver.run(milliseconds: 1_000)
        #expect(driver.reports == [.probeFinished(address, .free)])
    }

    /// Nothing else may be announced there yet: a pool's first address is probed before it is used.
    @Test func aLinkThatOnlyTheRequestNamesIsListenedOn() throws {
        var driver = Driver(OwnershipConfiguration(node: "n1", interfaces: ["eth0"]))
        driver.send(.linksChanged(try Scene.links(eth1: true)))
        #expect(driver.ownership.announcingLinks == [2])
        let address = try IPAddress("198.51.100.16")
        driver.send(.probesRequested([ProbeRequest(address, interfaces: ["eth1"])]))
        #expect(driver.ownership.announcingLinks == [2, 3])
        #expect(driver.effects.contains(.sendProbe(address, link: 3)))
    }

    @Test func aConflictIsDefendedOnceInTenSecondsAndReported() throws {
        var driver = try Scene.started(["192.0.2.16"])
        driver.run(milliseconds: 5_000)
        driver.forget()
        for _ in 0..<11 {
            driver.send(
                .frameReceived(try Scene.frame(sender: "192.0.2.16", target: "192.0.2.9")))
            driver.run(milliseconds: 1_000)
        }
        #expect(try driver.announcements(of: "192.0.2.16") == [5_250, 15_250])
        let conflicts = driver.reports.compactMap { report -> Bool? in
            if case .conflict(_, Scene.foreignMAC, 2, let defended) = report {
                defended
            } else {
                nil
            }
        }
        #expect(conflicts == [true] + [Bool](repeating: false, count: 9) + [true])
    }

    /// Asked four times, 5 ms apart: whoever hears an answer to any is not deaf.
    @Test(arguments: [false, true])
    func oneLostAnswerMakesNobodyDeaf(isAnswered: Bool) throws {
        var driver = Driver()
        driver.send(.linksChanged(try Scene.links()))
        driver.send(.peersChanged([PeerNode("n2", addresses: [try IPAddress("192.0.2.2")])]))
        driver.send(.viewLoaded([try Scene.facts("192.0.2.16")], isFresh: true))
        let question = OwnershipEffect.askWire(try IPAddress("192.0.2.2"), link: 2)
        while !driver.effects.contains(question), driver.effects.count < 100 {
            driver.run(milliseconds: 1)
        }
        driver.run(milliseconds: 15)
        #expect(driver.effects.count { $0 == question } == 4)
        if isAnswered {
            driver.send(.frameReceived(try Scene.frame(sender: "192.0.2.9", target: "192.0.2.1")))
        }
        driver.run(milliseconds: 10)
        #expect(driver.reports.contains(.deafChanged(link: 2, isDeaf: true)) != isAnswered)
    }

    /// Its claim rests on nobody having answered: a late answer takes it back, and it asks again
    /// after each detection time until nobody answers any more.
    @Test func anAnswerThatComesAfterTheClaimTakesItBack() throws {
        var driver = Driver()
        driver.send(.linksChanged(try Scene.links()))
        driver.send(.viewLoaded([try Scene.facts("192.0.2.16")], isFresh: false))
        driver.run(milliseconds: 270)
        #expect(driver.answered == ["192.0.2.16@2"])
        driver.forget()
        let answer = try Scene.frame(sender: "192.0.2.16", target: "192.0.2.1", isRequest: false)
        driver.run(milliseconds: 30)
        driver.send(.frameReceived(answer))
        #expect(driver.answered == [])
        #expect(
            driver.reports.contains(
                .conflict(
                    try IPAddress("192.0.2.16"), foreign: Scene.foreignMAC, link: 2,
                    defended: false)))
        for _ in 0..<4 {
            driver.run(milliseconds: 251)
            driver.send(.frameReceived(answer))
            driver.run(milliseconds: 19)
            #expect(driver.answered == [])
        }
        driver.run(milliseconds: 300)
        #expect(driver.answered == ["192.0.2.16@2"])
    }

    /// While it is alone the other host's answer keeps it from claiming. Once it hears a peer it claims
    /// as everybody does, and that host is a conflict like any other: the address is defended.
    @Test func whatIsClaimedInSpiteOfAnAnswerIsNotTakenBack() {
        var cluster = Cluster(count: 2, addresses: 1)
        cluster.start()
        for owner in cluster.owners(0) { cluster.kill(owner) }
        let other = cluster.nodes.indices.first { cluster.nodes[$0].isUp } ?? 0
        cluster.foreignAddress = Cluster.address(0)
        for _ in 0..<10 {
            cluster.foreignHostSpeaks()
            cluster.run(milliseconds: 100)
        }
        #expect(cluster.owners(0) == [])
        cluster.restart(1 - other, incarnation: 2)
        cluster.forget()
        for _ in 0..<20 {
            cluster.foreignHostSpeaks()
            cluster.run(milliseconds: 100)
        }
        #expect(cluster.owners(0).count == 1)
        #expect(cluster.answering.count == 1, "\(cluster.answering)")
    }

    @Test func anAddressThatIsNotOursIsNoConflict() throws {
        var driver = try Scene.started(["192.0.2.16"])
        driver.forget()
        driver.send(.frameReceived(try Scene.frame(sender: "192.0.2.99", target: "192.0.2.16")))
        #expect(driver.reports == [])
    }
}
