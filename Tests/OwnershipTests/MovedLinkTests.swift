import Addressing
import Testing
import Timing
import Wire

@testable import Ownership

/// Addresses whose links change while they are answered for: behind the new link clients know
/// another link-layer address, or none.
@Suite struct MovedLinkTests {
    /// Two links that run; a lone node has been ready on both for long, and its bursts are over.
    private func owner(
        of address: String, interfaces: [String] = [], onConflict: ConflictPolicy = .defend,
        routes: [Route] = []
    ) throws -> Driver {
        var driver = Driver(OwnershipConfiguration(node: "n1", onConflict: onConflict))
        driver.send(.linksChanged(try Self.links(routes)))
        driver.send(.viewLoaded([try Scene.facts(address, interfaces: interfaces)], isFresh: true))
        driver.run(milliseconds: 10_000)
        driver.forget()
        return driver
    }

    private static func links(_ routes: [Route]) throws -> LinkTable {
        var table = try Scene.links(eth1: true)
        if !routes.isEmpty { table.routes = routes }
        return table
    }

    private static func route(_ prefix: String, by link: Int32) throws -> Route {
        Route(destination: try Prefix(prefix), linkIndex: link)
    }

    private static func defaultRoute(by link: Int32) throws -> Route {
        Route(
            destination: try Prefix("0.0.0.0/0"), gateway: try IPAddress("192.0.2.254"),
            linkIndex: link)
    }

    /// The links on which anything was announced, in order, by the milliseconds since `start`.
    private func announced(_ driver: Driver, since start: Instant) -> [String] {
        driver.log.compactMap { milliseconds, effect in
            guard case .announce(_, let link) = effect else { return nil }
            return "\(milliseconds - (start - .zero).milliseconds)@\(link)"
        }
    }

    enum Change: CaseIterable {
        case poolIsEdited, prefixMoves, defaultRouteMoves
    }

    private func before(_ change: Change, _ address: String) throws -> Driver {
        switch change {
        case .poolIsEdited: try owner(of: address, interfaces: ["eth0"])
        case .prefixMoves: try owner(of: address, routes: [try Self.route("192.0.2.0/24", by: 2)])
        case .defaultRouteMoves: try owner(of: address, routes: [try Self.defaultRoute(by: 2)])
        }
    }

    private func event(_ change: Change, _ address: String) throws -> OwnershipEvent {
        switch change {
        case .poolIsEdited:
            .addressesChanged([try Scene.facts(address, interfaces: ["eth1"])], removed: [])
        case .prefixMoves:
            .linksChanged(try Self.links([try Self.route("192.0.2.0/24", by: 3)]))
        case .defaultRouteMoves: .linksChanged(try Self.links([try Self.defaultRoute(by: 3)]))
        }
    }

    @Test(arguments: Change.allCases)
    func anAddressThatMovesToAnotherReadyLinkIsAnnouncedThere(_ change: Change) throws {
        let address = change == .defaultRouteMoves ? "203.0.113.16" : "192.0.2.16"
        var driver = try before(change, address)
        #expect(driver.answered == ["\(address)@2"])
        driver.send(try event(change, address))
        let start = driver.now
        #expect(driver.answered == ["\(address)@3"])
        driver.run(milliseconds: 53_000)
        #expect(
            announced(driver, since: start)
                == [0, 10, 30, 100, 200, 400, 700, 1050, 2000, 4000].map { "\($0)@3" })
        driver.forget()
        driver.run(milliseconds: 30_000)
        #expect(announced(driver, since: start).count == 1, "the refresh, and none of the old link")
        #expect(announced(driver, since: start).allSatisfy { $0.hasSuffix("@3") })
    }

    /// What is announced on one link already is not announced there anew.
    @Test func aLinkThatIsAddedGetsABurstOfItsOwn() throws {
        var driver = try owner(of: "192.0.2.16", interfaces: ["eth0"])
        driver.send(
            .addressesChanged(
                [try Scene.facts("192.0.2.16", interfaces: ["eth0", "eth1"])], removed: []))
        let start = driver.now
        driver.run(milliseconds: 5_000)
        let announced = announced(driver, since: start)
        #expect(announced.count == 10 && announced.allSatisfy { $0.hasSuffix("@3") })
    }

    /// What another host uses is not announced on another link either, and whether it still does is
    /// asked where the address is now.
    @Test func aYieldedAddressMovesInSilence() throws {
        var driver = try owner(
            of: "192.0.2.16", onConflict: .yield,
            routes: [try Self.route("192.0.2.0/24", by: 2)])
        driver.send(
            .frameReceived(try Scene.frame(sender: "192.0.2.16", target: "192.0.2.9")))
        driver.run(milliseconds: 60_300)
        driver.send(try event(.prefixMoves, "192.0.2.16"))
        driver.forget()
        driver.run(milliseconds: 499)
        #expect(driver.answered == [])
        #expect(announced(driver, since: .zero) == [])
        driver.run(milliseconds: 1_000)
        let probed = driver.effects.compactMap { effect -> Int32? in
            if case .sendProbe(_, let link) = effect { link } else { nil }
        }
        #expect(probed == [3, 3, 3])
        #expect(driver.answered == ["192.0.2.16@3"])
    }
}
