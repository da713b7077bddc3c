import Testing

@testable import Addressing

@Suite struct LinkTableTests {
    static func link(_ index: Int32, _ name: String, skipped: Bool = false) -> Link {
        Link(
            index: index, name: name, address: LinkAddress(bits: UInt64(index)), isRunning: true,
            isSkippedByKind: skipped)
    }

    static func table() throws -> LinkTable {
        LinkTable(
            links: [
                link(1, "lo", skipped: true), link(2, "eth0"), link(3, "eth1"), link(4, "docker0"),
            ],
            routes: [
                Route(
                    destination: try Prefix("0.0.0.0/0"), gateway: try IPAddress("10.0.0.1"),
                    linkIndex: 2),
                Route(destination: try Prefix("10.0.0.0/8"), linkIndex: 2),
                Route(destination: try Prefix("10.1.0.0/16"), linkIndex: 3, metric: 100),
                Route(destination: try Prefix("10.1.0.0/16"), linkIndex: 2, metric: 200),
                Route(
                    destination: try Prefix("10.2.0.0/16"), gateway: try IPAddress("10.0.0.9"),
                    linkIndex: 3),
                Route(destination: try Prefix("172.17.0.0/16"), linkIndex: 4),
            ])
    }

    @Test(arguments: [
        ("by route", "2001:db8::1", []), ("named", "2001:db8::1", ["eth0"]),
        ("IPv4, by route", "10.1.2.3", []), ("IPv4, named", "10.1.2.3", ["eth0"]),
    ])
    func aLinkWithoutIPv6IsChosenForIPv4Alone(
        row: String, address: String, named: [String]
    ) throws {
        var table = LinkTable(
            links: [Self.link(2, "eth0")],
            routes: try ["10.0.0.0/8", "2001:db8::/64"].map {
                Route(destination: try Prefix($0), linkIndex: 2)
            })
        let address = try IPAddress(address)
        #expect(table.announcingLinks(for: address, named: named).count == 1, "\(row)")
        table.links[0].hasIPv6 = false
        let count = address.family == .ipv4 ? 1 : 0
        #expect(table.announcingLinks(for: address, named: named).count == count, "\(row)")
    }

    @Test(arguments: [
        ("longest prefix wins", "10.1.2.3", [], ["eth1"]),
        ("shorter prefix elsewhere", "10.9.2.3", [], ["eth0"]),
        ("a route by a gateway is not on-link", "10.2.0.5", [], ["eth0"]),
        ("uncovered: the default route's link", "192.0.2.1", [], ["eth0"]),
        ("container links are skipped", "172.17.0.5", [], ["eth0"]),
        ("a named link always wins", "172.17.0.5", ["docker0"], ["docker0"]),
        ("several named links, sorted", "10.1.2.3", ["eth1", "eth0"], ["eth0", "eth1"]),
        ("a name that is not there", "10.1.2.3", ["eth9"], []),
        ("no route of the family", "2001:db8::1", [], []),
    ])
    func choiceOfLink(row: String, address: String, named: [String], chosen: [String]) throws {
        let links = try Self.table().announcingLinks(for: IPAddress(address), named: named)
        #expect(links.map(\.name) == chosen, "\(row)")
    }

    @Test(arguments: [
        ("the one that covers it", "10.1.2.3", ["eth0", "eth1"], ["eth1"]),
        ("a shorter prefix, of those named", "10.1.2.3", ["docker0", "eth0"], ["eth0"]),
        ("whatever its kind", "172.17.0.5", ["docker0", "eth0"], ["docker0"]),
        ("uncovered: all, sorted", "192.0.2.1", ["eth1", "eth0"], ["eth0", "eth1"]),
        ("covered by none of them: all", "172.17.0.5", ["eth1", "eth0"], ["eth0", "eth1"]),
        ("a single one, covered or not", "192.0.2.1", ["eth1"], ["eth1"]),
        ("a name that is not there", "10.1.2.3", ["eth9"], []),
    ])
    func choiceAmongInterfaces(
        row: String, address: String, among: [String], chosen: [String]
    ) throws {
        let (table, address) = (try Self.table(), try IPAddress(address))
        let links = table.announcingLinks(for: address, named: [], among: among)
        #expect(links.map(\.name) == chosen, "\(row)")
        let named = table.announcingLinks(for: address, named: ["eth0", "eth1"], among: among)
        #expect(named.map(\.name) == ["eth0", "eth1"], "\(row): a pool's are all of them")
    }

    @Test func whatLinksThatAreDownHadIsRemembered() throws {
        func interface(_ text: String) throws -> Link.InterfaceAddress {
            .init(try IPAddress(text), prefixLength: 64)
        }
        let had = try ["2001:db8::1", "2001:db8:1::1"].map { try interface($0) }
        var former = LinkTable(links: [Self.link(2, "eth0"), Self.link(3, "eth1")])
        for index in 0...1 { former.links[index].interfaceAddresses = had }
        var table = former
        table.links.append(Self.link(4, "eth2"))
        table.links[0].interfaceAddresses = [had[1]]
        table.links[1].interfaceAddresses = [had[1]]
        for index in [0, 2] { table.links[index].isRunning = false }
        let remembering = table.remembering(former)
        #expect(Set(remembering.links[0].interfaceAddresses) == Set(had))
        #expect(remembering.links[0].interfaceAddresses.count == 2)
        #expect(remembering.links[1].interfaceAddresses == [had[1]], "it runs")
        #expect(remembering.links[2].interfaceAddresses == [], "it is new")
    }

    /// It has lost its routes: that makes what it covered no other link's, unless that covers it too.
    @Test(arguments: [
        ("no other covers it", "10.1.0.1/16", "192.0.2.5/24", "192.0.2.9", ["eth0"]),
        ("the other covers it too", "192.0.2.1/24", "192.0.2.5/24", "192.0.2.9", ["eth1"]),
        ("it covers more closely", "192.0.0.1/16", "192.0.2.5/24", "192.0.2.9", ["eth0"]),
    ])
    func aLinkThatIsSetDownKeepsWhatItCovers(
        row: String, running: String, down: String, address: String, chosen: [String]
    ) throws {
        func interface(_ text: String) throws -> Link.InterfaceAddress {
            let prefix = try Prefix(text)
            return .init(prefix.address, prefixLength: prefix.length)
        }
        var table = LinkTable(
            links: [Self.link(2, "eth0"), Self.link(3, "eth1")],
            routes: [
                Route(
                    destination: try Prefix("0.0.0.0/0"), gateway: try IPAddress("10.0.0.1"),
                    linkIndex: 3),
                Route(destination: try Prefix(running), linkIndex: 3),
            ])
        table.links[0].isRunning = false
        table.links[0].interfaceAddresses = [try interface(down)]
        table.links[1].interfaceAddresses = [try interface(running)]
        for among in [[], ["eth0", "eth1"]] {
            let links = table.announcingLinks(
                for: try IPAddress(address), named: [], among: among)
            #expect(links.map(\.name) == chosen, "\(row), \(among)")
        }
    }
}
