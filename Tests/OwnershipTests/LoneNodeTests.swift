import Addressing
import Ownership
import Testing
import Timing

/// A cluster of one: nobody to ask, nobody to hand over to.
@Suite struct LoneNodeTests {
    @Test func claimsAfterListeningAndAnnouncesOnTheSchedule() throws {
        var driver = Driver()
        driver.send(.linksChanged(try Scene.links()))
        driver.send(.viewLoaded([try Scene.facts("192.0.2.16")], isFresh: true))
        driver.run(milliseconds: 249)
        #expect(driver.answered == [])
        #expect(driver.ownership.isStarting)
        driver.run(milliseconds: 1)
        #expect(driver.answered == ["192.0.2.16@2"])
        #expect(try driver.state("192.0.2.16") == "announced n1")
        driver.run(milliseconds: 5_000)
        let offsets = try driver.announcements(of: "192.0.2.16").map { $0 - 250 }
        #expect(offsets == [0, 10, 30, 100, 200, 400, 700, 1050, 2000, 4000])
    }

    @Test func publishesBeforeItAnnounces() throws {
        let driver = try Scene.started(["192.0.2.16"])
        let kinds = driver.effects.compactMap { effect -> String? in
            switch effect {
            case .publish: "publish"
            case .announce: "announce"
            default: nil
            }
        }
        #expect(kinds == ["publish", "announce"])
    }

    @Test func refreshesEveryMinuteGiveOrTakeATenth() throws {
        var driver = try Scene.started(["192.0.2.16"])
        driver.run(milliseconds: 4_000)
        driver.forget()
        driver.run(milliseconds: 600_000)
        let instants = try driver.announcements(of: "192.0.2.16")
        #expect((9...11).contains(instants.count))
        for (earlier, later) in zip(instants, instants.dropFirst()) {
            #expect((54_000...66_000).contains(later - earlier))
        }
        #expect(Set(zip(instants, instants.dropFirst()).map { $1 - $0 }).count > 1)
    }

    @Test func claimsNothingBeforeTheViewIsLoaded() throws {
        var driver = Driver()
        driver.send(.linksChanged(try Scene.links()))
        driver.send(.peersChanged([PeerNode("n1", addresses: [])]))
        driver.run(milliseconds: 3_000)
        #expect(driver.ownership.isStarting)
        driver.send(.viewLoaded([try Scene.facts("192.0.2.16")], isFresh: false))
        #expect(driver.answered == [], "a stale view may lack peers: the wire is asked")
        driver.run(milliseconds: 20)
        #expect(driver.answered == ["192.0.2.16@2"])
    }

    @Test func aNewAddressIsTakenAtOnce() throws {
        var driver = try Scene.started([])
        driver.send(.addressesChanged([try Scene.facts("192.0.2.17")], removed: []))
        #expect(driver.answered == ["192.0.2.17@2"])
    }

    @Test func aDeletedAddressIsSilentInTheSameTurn() throws {
        var driver = try Scene.started(["192.0.2.16", "192.0.2.17"])
        driver.forget()
        driver.send(.addressesChanged([], removed: [try IPAddress("192.0.2.16")]))
        #expect(driver.answered == ["192.0.2.17@2"])
        #expect(driver.reports.contains(.addressForgotten(try IPAddress("192.0.2.16"))))
        driver.run(milliseconds: 120_000)
        #expect(try driver.announcements(of: "192.0.2.16") == [])
    }

    @Test func anAddressMissingFromANewListIsDeleted() throws {
        var driver = try Scene.started(["192.0.2.16", "192.0.2.17"])
        driver.send(.viewLoaded([try Scene.facts("192.0.2.17")], isFresh: true))
        #expect(driver.answered == ["192.0.2.17@2"])
    }

    @Test(arguments: [
        ("no endpoints", NobodyReason.noEndpoints, true, "unowned NoEndpoints"),
        ("no common node", .noCommonNode, true, "unowned NoCommonNode"),
        ("every node excluded", .noCandidate, true, "unowned NoCandidate"),
    ])
    func stopsAtOnceWhatNobodyMayHold(
        row: String, reason: NobodyReason, isAnnounced: Bool, state: String
    ) throws {
        var driver = try Scene.started(["192.0.2.16"])
        let address = try IPAddress("192.0.2.16")
        driver.send(
            .addressesChanged([AddressFacts(address, eligibility: .nobody(reason))], removed: []))
        #expect(driver.answered == [], "\(row)")
        #expect(try driver.state("192.0.2.16") == state, "\(row)")
    }

    @Test func aPoolThatIsNotAnnouncedIsNotAnswered() throws {
        var driver = try Scene.started(["192.0.2.16"])
        var facts = try Scene.facts("192.0.2.16")
        facts.isAnnounced = false
        driver.send(.addressesChanged([facts], removed: []))
        #expect(driver.answered == [])
        #expect(try driver.state("192.0.2.16") == "unowned NotAnnounced")
    }

    @Test func anIneligibleOwnerStopsAfterASecond() throws {
        var driver = try Scene.started(["192.0.2.16"])
        driver.send(
            .addressesChanged([try Scene.facts("192.0.2.16", nodes: ["n2"])], removed: []))
        driver.run(milliseconds: 999)
        #expect(driver.answered == ["192.0.2.16@2"])
        driver.run(milliseconds: 1)
        #expect(driver.answered == [])
    }

    @Test func aDrainedOwnerKeepsWhatNobodyComesForAndSaysSo() throws {
        var driver = try Scene.started(["192.0.2.16"])
        driver.send(.drainChanged(true))
        driver.run(milliseconds: 5_000)
        #expect(driver.answered == ["192.0.2.16@2"])
        let kept = OwnershipReport.keptForLackOfSuccessor(try IPAddress("192.0.2.16"))
        #expect(driver.reports.filter { $0 == kept }.count == 1)
        driver.send(.addressesChanged([try Scene.facts("192.0.2.17")], removed: []))
        #expect(driver.answered == ["192.0.2.16@2"], "a drained node takes nothing new")
        driver.send(.drainChanged(false))
        #expect(driver.answered == ["192.0.2.16@2", "192.0.2.17@2"])
    }

    @Test func leavesAtOnceWhenNobodyIsThereToComeAfterIt() throws {
        var driver = try Scene.started(["192.0.2.16"])
        driver.forget()
        driver.send(.leaveRequested)
        #expect(driver.answered == [])
        #expect(
            driver.effects.last.map { $0 == .finishedLeaving || "\($0)".contains("report") } == true
        )
        #expect(driver.effects.contains(.finishedLeaving))
        #expect(driver.ownership.nextDeadline == nil)
    }

    @Test func aLinkThatGoesSilencesItsAddressesAndOneThatComesBackListensFirst() throws {
        var driver = try Scene.started(["192.0.2.16"])
        driver.send(.linksChanged(try Scene.links(eth0Runs: false)))
        #expect(driver.answered == [])
        driver.run(milliseconds: 100)
        driver.forget()
        driver.send(.linksChanged(try Scene.links()))
        #expect(driver.answered == [])
        driver.run(milliseconds: 249)
        #expect(driver.answered == [])
        #expect(try driver.announcements(of: "192.0.2.16") == [])
        driver.run(milliseconds: 1)
        #expect(driver.answered == ["192.0.2.16@2"])
        #expect(try driver.announcements(of: "192.0.2.16").count == 1)
    }

    /// Rule 11: it came up, whoever looks only afterwards; the switch may have forgotten this node.
    @Test func aLinkThatWentAndCameUpUnseenListensFirstAndAnnouncesAnew() throws {
        var driver = try Scene.started(["192.0.2.16"])
        driver.run(milliseconds: 5_000)
        driver.forget()
        var table = try Scene.links()
        table.links[0].timesDown = 1
        driver.send(.linksChanged(table))
        #expect(driver.answered == [])
        driver.run(milliseconds: 249)
        #expect(driver.answered == [])
        #expect(try driver.announcements(of: "192.0.2.16") == [])
        driver.run(milliseconds: 1)
        #expect(driver.answered == ["192.0.2.16@2"])
        driver.run(milliseconds: 5_000)
        #expect(try driver.announcements(of: "192.0.2.16").count == 10)
        driver.forget()
        table.links[0].mtu = 1_400
        driver.send(.linksChanged(table))
        #expect(driver.answered == ["192.0.2.16@2"], "the count is what it was")
    }

    @Test func aNewMACIsAnnounced() throws {
        var driver = try Scene.started(["192.0.2.16"])
        driver.run(milliseconds: 5_000)
        driver.forget()
        var table = try Scene.links()
        table.links[0].address = LinkAddress(bits: 0x02_0000_0000_77)
        driver.send(.linksChanged(table))
        #expect(try driver.announcements(of: "192.0.2.16").count == 1)
    }

    @Test func aLinkThatOnlyAPoolNamesIsUsedThoughItWasThereBefore() throws {
        var driver = Driver()
        var table = try Scene.links()
        table.links.append(
            Link(index: 9, name: "dummy0", address: LinkAddress(bits: 9), isRunning: true))
        driver.send(.linksChanged(table))
        driver.send(
            .viewLoaded(
                [try Scene.facts("203.0.113.1", interfaces: ["dummy0"])], isFresh: true))
        driver.run(milliseconds: 500)
        #expect(driver.answered == ["203.0.113.1@9"])
        driver.send(
            .addressesChanged(
                [try Scene.facts("192.0.2.16"), try Scene.facts("203.0.113.1")], removed: []))
        #expect(driver.answered == ["192.0.2.16@2"])
    }

    /// IPVS: on a link that never announces, and on each node, whoever has it.
    @Test func whatTheNodeHasItselfIsSaidToBeItsKernels() throws {
        var driver = try Scene.started(["192.0.2.16", "192.0.2.17"])
        func local() -> [String] {
            driver.ownership.answers.entries.filter(\.isLocal).map { "\($0.address)" }
        }
        #expect(local() == [])
        var table = try Scene.links()
        table.links.append(
            Link(
                index: 9, name: "kube-ipvs0", address: LinkAddress(bits: 9), isRunning: false,
                interfaceAddresses: [.init(try IPAddress("192.0.2.17"), prefixLength: 32)],
                isSkippedByKind: true))
        driver.send(.linksChanged(table))
        #expect(local() == ["192.0.2.17"])
        #expect(driver.answered == ["192.0.2.16@2", "192.0.2.17@2"])
        // Though the link is down, and what it announced would be remembered.
        table.links[1].interfaceAddresses = []
        driver.send(.linksChanged(table))
        #expect(local() == [])
        #expect(driver.answered == ["192.0.2.16@2", "192.0.2.17@2"])
    }

    @Test func eachAddressIsAnsweredOnItsOwnLink() throws {
        var driver = Driver()
        driver.send(.linksChanged(try Scene.links(eth1: true)))
        let facts = [
            try Scene.facts("192.0.2.16"), try Scene.facts("198.51.100.16"),
            try Scene.facts("192.0.2.17", interfaces: ["eth0", "eth1"]),
            try Scene.facts("203.0.113.1"),
        ]
        driver.send(.viewLoaded(facts, isFresh: true))
        driver.run(milliseconds: 250)
        #expect(
            driver.answered == [
                "192.0.2.16@2", "192.0.2.17@2", "192.0.2.17@3", "198.51.100.16@3",
            ])
        #expect(try driver.state("203.0.113.1") == "unowned NoLink")
    }
}
