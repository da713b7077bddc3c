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
}
