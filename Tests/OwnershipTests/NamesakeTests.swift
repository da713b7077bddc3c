import Addressing
import Testing
import Timing
import Wire

@testable import Ownership

/// Two hosts under one name (rule 2).
@Suite struct NamesakeTests {
    private static let elsewhere = IPAddress.ipv4(IPv4Address(192, 0, 2, 77))

    /// The last hello of node 0, as a second host of its name would say it.
    private func namesake(in cluster: Cluster, incarnation: UInt32) throws -> Hello {
        var hello = try #require(cluster.lastHello[0])
        hello.incarnation = incarnation
        hello.linkAddress = LinkAddress(bits: 0x02_0000_0000_77)
        return hello
    }

    @Test(arguments: [UInt32(0), 1, 9])
    func anotherHostOfTheNameIsFoundWhateverItsIncarnation(_ incarnation: UInt32) throws {
        var cluster = Cluster(count: 2, addresses: 4)
        cluster.start()
        let hello = try namesake(in: cluster, incarnation: incarnation)
        for _ in 0..<3 {
            cluster.send(.helloReceived(hello, link: 2, source: Self.elsewhere), to: 0)
            cluster.run(milliseconds: 50)
        }
        #expect(cluster.nodes[0].reports.filter { $0 == .duplicateName(true) }.count == 1)
        #expect(cluster.lastHello[0].map { $0.incarnation > incarnation } == true)
        cluster.run(milliseconds: 500)
        #expect(cluster.counts == [0, 4])
    }

    @Test func itLastsWhileTheOtherIsHeardAndAMinuteLonger() throws {
        var cluster = Cluster(count: 2, addresses: 4)
        cluster.start()
        let hello = try namesake(in: cluster, incarnation: 0)
        for _ in 0..<100 {
            cluster.send(.helloReceived(hello, link: 2, source: Self.elsewhere), to: 0)
            cluster.run(milliseconds: 1_000)
        }
        cluster.kill(1)
        cluster.run(milliseconds: 58_000)
        #expect(cluster.counts == [0, 0])
        cluster.run(milliseconds: 2_000)
        #expect(cluster.counts == [4, 0])
        #expect(cluster.nodes[0].reports.last { $0.isDuplicateName } == .duplicateName(false))
    }

    @Test func itsOwnHelloComingBackIsNoNamesake() throws {
        var cluster = Cluster(count: 2, addresses: 4)
        cluster.start()
        let hello = try #require(cluster.lastHello[0])
        cluster.forget()
        for _ in 0..<5 {
            cluster.send(.helloReceived(hello, link: 2, source: Self.elsewhere), to: 0)
        }
        #expect(cluster.nodes[0].reports == [])
        #expect(cluster.saved == [])
    }

    /// The own Node object names another host of the link: it is spoken and listened to, and is no
    /// peer for all that.
    @Test func anAddressThatOnlyTheOwnNodeObjectNamesIsSpokenTo() throws {
        var driver = Driver()
        driver.send(.linksChanged(try Scene.links()))
        let own = try IPAddress("192.0.2.1")
        driver.send(.peersChanged([PeerNode("n1", addresses: [own, Self.elsewhere])]))
        driver.send(.viewLoaded([try Scene.facts("192.0.2.16")], isFresh: true))
        driver.run(milliseconds: 300)
        #expect(driver.ownership.acceptsHello(from: Self.elsewhere, on: 2))
        #expect(!driver.ownership.acceptsHello(from: own, on: 2))
        let targets = driver.effects.compactMap { effect -> [IPAddress]? in
            if case .sendHello(_, let targets, _) = effect { targets } else { nil }
        }
        #expect(!targets.isEmpty && targets.allSatisfy { $0 == [Self.elsewhere] })
        #expect(driver.answered == ["192.0.2.16@2"], "it waits for nobody")
    }
}

extension OwnershipReport {
    fileprivate var isDuplicateName: Bool {
        if case .duplicateName = self { true } else { false }
    }
}
