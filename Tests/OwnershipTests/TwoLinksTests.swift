import Addressing
import Testing
import Timing
import Wire

@testable import Ownership

/// A node and a peer that share two segments.
@Suite struct TwoLinksTests {
    private static let source: [Int32: String] = [2: "192.0.2.2", 3: "198.51.100.2"]

    private func hello(_ sequence: UInt64, claims: [String]) throws -> Hello {
        var hello = Hello(
            node: "n2", incarnation: 1, sequence: sequence, periodMilliseconds: 50, misses: 5,
            flags: [.serving], linkAddress: LinkAddress(bits: 2),
            addresses: try Self.source.values.sorted().map { try IPAddress($0) })
        hello.heard = [
            .init(nodeTag: StableHash.of("n1"), incarnation: 1, ageMilliseconds: 1)
        ]
        hello.coverage = Hello.everything
        var digest = ClaimDigest()
        for text in claims {
            let claim = Hello.Claim(try IPAddress(text), epoch: 1, isStrong: true)
            hello.claims.append(claim)
            digest.insert(claim, addressHash: StableHash.of(claim.address))
        }
        (hello.claimCount, hello.claimDigest) = (digest.count, digest.sum)
        return hello
    }

    private func started(interfaces: [String] = []) throws -> Driver {
        var driver = Driver(OwnershipConfiguration(node: "n1", interfaces: interfaces))
        driver.send(.linksChanged(try Scene.links(eth1: true)))
        let addresses = try Self.source.values.sorted().map { try IPAddress($0) }
        driver.send(.peersChanged([PeerNode("n2", addresses: addresses)]))
        let facts = try ["192.0.2.16", "198.51.100.16"].map {
            try Scene.facts($0, nodes: ["n1", "n2"])
        }
        driver.send(.viewLoaded(facts, isFresh: true))
        return driver
    }

    private func hear(_ driver: inout Driver, _ hello: Hello, on link: Int32) throws {
        let source = try IPAddress(Self.source[link] ?? "")
        driver.send(.helloReceived(hello, link: link, source: source))
    }

    @Test func anOlderHelloOfTheOtherLinkTakesNoClaimBack() throws {
        var driver = try started()
        for sequence in 1...10 as ClosedRange<UInt64> {
            for link in [2, 3] as [Int32] {
                let number = sequence * 2 + UInt64(link)
                try hear(&driver, try hello(number, claims: ["192.0.2.16"]), on: link)
            }
            driver.run(milliseconds: 50)
        }
        let claims = ["192.0.2.16", "198.51.100.16"]
        try hear(&driver, try hello(101, claims: claims), on: 2)
        try hear(&driver, try hello(100, claims: []), on: 3)
        driver.run(milliseconds: 40)
        #expect(driver.ownership.refusals == [:])
        #expect(!driver.answered.contains("192.0.2.16@2"))
        #expect(try driver.state("192.0.2.16") == "announced n2")
    }

    @Test func aPeerThatIsSilentOnOneLinkLosesOnlyTheAddressesOfThatLink() throws {
        var driver = try started()
        let claims = ["192.0.2.16", "198.51.100.16"]
        for sequence in 1...30 as ClosedRange<UInt64> {
            if sequence < 15 { try hear(&driver, try hello(2 * sequence, claims: claims), on: 3) }
            try hear(&driver, try hello(2 * sequence + 1, claims: claims), on: 2)
            driver.send(
                .frameReceived(
                    NeighborFrame(
                        link: 3, source: Scene.foreignMAC,
                        senderAddress: try IPAddress("198.51.100.99"),
                        senderLinkAddress: Scene.foreignMAC,
                        targetAddress: try IPAddress("198.51.100.98"), isRequest: true)))
            driver.run(milliseconds: 50)
        }
        #expect(driver.answered == ["198.51.100.16@3"])
    }

    /// Frames of other hosts on both links: nobody is deaf.
    private func hearStrangers(_ driver: inout Driver) throws {
        for (link, address) in [(2, "192.0.2.99"), (3, "198.51.100.99")] as [(Int32, String)] {
            driver.send(
                .frameReceived(
                    NeighborFrame(
                        link: link, source: Scene.foreignMAC,
                        senderAddress: try IPAddress(address),
                        senderLinkAddress: Scene.foreignMAC,
                        targetAddress: try IPAddress("203.0.113.1"), isRequest: true)))
        }
    }

    /// What was last heard on a link that is down keeps nobody alive.
    @Test func whoFallsSilentOnTheLinkThatRunsIsReplacedThere() throws {
        var driver = try started()
        driver.send(
            .addressesChanged(
                [
                    try Scene.facts(
                        "192.0.2.16", nodes: ["n1", "n2"], interfaces: ["eth0", "eth1"])
                ], removed: []))
        let claims = ["192.0.2.16", "198.51.100.16"]
        for sequence in 1...40 as ClosedRange<UInt64> {
            if sequence == 15 {
                #expect(driver.answered == [])
                driver.send(.linksChanged(try Scene.links(eth0Runs: false, eth1: true)))
            }
            if sequence < 15 { try hear(&driver, try hello(2 * sequence, claims: claims), on: 2) }
            if sequence < 20 {
                try hear(&driver, try hello(2 * sequence + 1, claims: claims), on: 3)
            }
            try hearStrangers(&driver)
            driver.run(milliseconds: 50)
        }
        #expect(driver.answered == ["192.0.2.16@3", "198.51.100.16@3"])
    }

    /// A link without any other node has nobody to give to, and is no reason to keep what another
    /// link's nodes may have.
    @Test func aLinkWithoutPeersHindersNoRebalancing() throws {
        var driver = Driver()
        driver.send(.linksChanged(try Scene.links(eth1: true)))
        driver.send(.peersChanged([PeerNode("n2", addresses: [try IPAddress("192.0.2.2")])]))
        let facts = try (16..<20).map { try Scene.facts("192.0.2.\($0)", nodes: ["n1", "n2"]) }
        driver.send(.viewLoaded(facts, isFresh: true))
        for sequence in 1...60 as ClosedRange<UInt64> {
            if sequence > 20 { try hear(&driver, try hello(sequence, claims: []), on: 2) }
            try hearStrangers(&driver)
            if sequence == 50 { driver.send(.rebalanceRequested) }
            driver.run(milliseconds: 50)
        }
        let offers = driver.effects.contains { effect in
            guard case .sendHello(let hello, _, _) = effect else { return false }
            return hello.claims.contains { $0.isOffered }
        }
        #expect(offers)
    }

    /// With the carrier a link may lose its routes and addresses: that makes what it covered no other
    /// link's, for nobody asks for it there.
    @Test(arguments: [[], ["eth0", "eth1"]])
    func whatALinkThatIsDownCoveredIsGivenAway(interfaces: [String]) throws {
        var driver = try started(interfaces: interfaces)
        var up = try Scene.links(eth1: true)
        up.routes.append(
            Route(
                destination: try Prefix("0.0.0.0/0"), gateway: try IPAddress("198.51.100.254"),
                linkIndex: 3))
        driver.send(.linksChanged(up))
        for sequence in 1...20 as ClosedRange<UInt64> {
            for link in [2, 3] as [Int32] {
                let number = sequence * 2 + UInt64(link)
                try hear(&driver, try hello(number, claims: ["198.51.100.16"]), on: link)
            }
            driver.run(milliseconds: 50)
        }
        #expect(driver.answered == ["192.0.2.16@2"])
        var down = up
        down.links[0].isRunning = false
        down.links[0].interfaceAddresses = []
        down.routes.removeFirst()
        driver.forget()
        driver.send(.linksChanged(down))
        #expect(driver.answered == [])
        #expect(try offers(driver).first?.map(\.address) == [IPAddress("192.0.2.16")])
    }

    /// What this node offered, by hello.
    private func offers(_ driver: Driver) -> [[Hello.Claim]] {
        driver.effects.compactMap { effect in
            guard case .sendHello(let hello, _, 3) = effect else { return nil }
            return hello.claims.filter(\.isOffered)
        }
    }

    /// Named, a link is no other link's stand-in: each announces what its prefix covers.
    @Test func ofTwoNamedLinksTheOneThatCoversAnAddressAnnouncesIt() throws {
        var driver = try started(interfaces: ["eth0", "eth1"])
        for sequence in 1...20 as ClosedRange<UInt64> {
            for link in [2, 3] as [Int32] {
                let number = sequence * 2 + UInt64(link)
                try hear(&driver, try hello(number, claims: ["198.51.100.16"]), on: link)
            }
            driver.run(milliseconds: 50)
        }
        #expect(driver.answered == ["192.0.2.16@2"])
        driver.forget()
        driver.send(.linksChanged(try Scene.links(eth0Runs: false, eth1: true)))
        #expect(driver.answered == [])
        #expect(try offers(driver).first?.map(\.address) == [IPAddress("192.0.2.16")])
    }
}
