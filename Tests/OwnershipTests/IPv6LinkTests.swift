import Addressing
import Testing
import Timing
import Wire

@testable import Ownership

/// What IPv6 asks of a node beside what IPv4 does.
@Suite struct IPv6LinkTests {
    private static let link = Link(
        index: 2, name: "eth0", address: Scene.ownMAC, isRunning: true,
        interfaceAddresses: [
            .init(.ipv4(IPv4Address(192, 0, 2, 1)), prefixLength: 24),
            .init(.ipv6(IPv6Address(bits: 0x2001_0DB8 << 96 | 1)), prefixLength: 64),
        ])

    private static func driver(_ link: Link = link) throws -> Driver {
        var driver = Driver()
        let routes = try ["192.0.2.0/24", "2001:db8::/64"].map {
            Route(destination: try Prefix($0), linkIndex: 2)
        }
        driver.send(.linksChanged(LinkTable(links: [link], routes: routes)))
        return driver
    }

    @Test(arguments: [
        ("IPv4", ["192.0.2.2"], ["192.0.2.2"]),
        ("IPv6", ["2001:db8::2"], ["2001:db8::2"]),
        ("both: IPv4 says it all", ["2001:db8::2", "192.0.2.2"], ["192.0.2.2"]),
        (
            "both, but IPv4 is elsewhere", ["198.51.100.2", "2001:db8::2"],
            ["2001:db8::2"]
        ),
        ("neither is here", ["198.51.100.2", "2001:db9::2"], []),
    ])
    func aPeerIsToldByOneFamily(row: String, addresses: [String], told: [String]) throws {
        var driver = try Self.driver()
        driver.send(
            .peersChanged([PeerNode("n2", addresses: try addresses.map { try IPAddress($0) })]))
        driver.forget()
        driver.run(milliseconds: 50)
        let targets = driver.effects.compactMap { effect -> [IPAddress]? in
            if case .sendHello(_, let targets, _) = effect { targets } else { nil }
        }
        let wanted = try told.map { try IPAddress($0) }
        #expect(Set(targets.flatMap { $0 }) == Set(wanted), "\(row)")
        for address in wanted { #expect(driver.ownership.acceptsHello(from: address, on: 2)) }
    }

    private static func solicited(_ driver: Driver) -> [String] {
        driver.ownership.solicitedAddresses.map { "\($0.address)@\($0.link)" }
    }

    /// Whoever answers; those that are not announced, or not of IPv6, are not asked for.
    @Test func whatTheViewAnnouncesIsListenedFor() throws {
        var driver = try Self.driver()
        let facts = [
            AddressFacts(try IPAddress("192.0.2.16"), eligibility: .nodes(["n1"])),
            AddressFacts(try IPAddress("2001:db8::16"), eligibility: .nodes(["n2"])),
            AddressFacts(try IPAddress("2001:db8::17"), eligibility: .nobody(.noEndpoints)),
            AddressFacts(
                try IPAddress("2001:db8::18"), eligibility: .nodes(["n1"]), isAnnounced: false),
        ]
        driver.send(.viewLoaded(facts, isFresh: true))
        #expect(Self.solicited(driver) == ["2001:db8::16@2", "2001:db8::17@2"])
        driver.send(.addressesChanged([], removed: [try IPAddress("2001:db8::16")]))
        #expect(Self.solicited(driver) == ["2001:db8::17@2"])
        driver.send(.linksChanged(LinkTable()))
        #expect(Self.solicited(driver).isEmpty)
    }

    /// At once, and nothing of IPv4's.
    @Test func aLinkThatLosesIPv6AnswersForIPv4Alone() throws {
        let served = try ["192.0.2.16", "2001:db8::16"].map { try IPAddress($0) }
        var driver = try Self.driver()
        driver.send(
            .viewLoaded(
                served.map { AddressFacts($0, eligibility: .nodes(["n1"])) }, isFresh: true))
        driver.run(milliseconds: 2_000)
        func answered() -> [IPAddress] {
            served.filter { driver.ownership.published.answers($0, on: 2, at: driver.now) }
        }
        #expect(answered() == served)
        var without = Self.link
        without.hasIPv6 = false
        without.interfaceAddresses.removeLast()
        let routes = [Route(destination: try Prefix("192.0.2.0/24"), linkIndex: 2)]
        driver.send(.linksChanged(LinkTable(links: [without], routes: routes)))
        #expect(answered() == [served[0]])
    }

    /// The pool was edited: what is held is answered for in the new way, without a gap.
    @Test func anotherModeIsPublishedAtOnce() throws {
        let address = try IPAddress("192.0.2.16")
        var driver = try Self.driver()
        for isPutOnLinks in [false, true, false] {
            let facts = AddressFacts(
                address, eligibility: .nodes(["n1"]), isPutOnLinks: isPutOnLinks)
            driver.send(.viewLoaded([facts], isFresh: true))
            if driver.ownership.published.entries.isEmpty { driver.run(milliseconds: 2_000) }
            #expect(
                driver.ownership.published.entries.map(\.isAnsweredByKernel) == [isPutOnLinks])
        }
    }

    @Test func whatIsProbedIsListenedForMeanwhile() throws {
        var driver = try Self.driver()
        driver.send(
            .probeRequested([try IPAddress("2001:db8::16"), try IPAddress("192.0.2.16")]))
        #expect(Self.solicited(driver) == ["2001:db8::16@2"])
        driver.run(milliseconds: 1_000)
        #expect(
            driver.reports.contains(.probeFinished(try IPAddress("2001:db8::16"), .free)))
        #expect(Self.solicited(driver).isEmpty)
    }
}
