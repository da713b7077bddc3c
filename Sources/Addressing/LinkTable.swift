/// Every link and main-table route of the node, and the choice of a link for an address.
package struct LinkTable: Hashable, Sendable {
    package var links: [Link]
    package var routes: [Route]

    package init(links: [Link] = [], routes: [Route] = []) {
        self.links = links
        self.routes = routes
    }

    package func link(named name: String) -> Link? {
        links.first { $0.name == name }
    }

    package func link(index: Int32) -> Link? {
        links.first { $0.index == index }
    }

    /// The links that announce `address`, by name.
    ///
    /// 1. The links that `named` lists (a pool's `interfaces`), if any: all of them.
    /// 2. Else one of the links that `among` lists (`--interface`), without it of those that may
    ///    announce: that of the longest gateway-less route that covers the address, or prefix of a
    ///    link that is down; of equal ones the lower metric, then the lower link index.
    /// 3. Else all that `among` lists; without it the default route's link, chosen the same way.
    ///
    /// A link that is skipped by kind or by name pattern is chosen only when it is named; one
    /// without IPv6 is never chosen for an IPv6 address. Empty when nothing qualifies. A link
    /// without carrier or set down still qualifies: its state is a fact of its own.
    package func announcingLinks(
        for address: IPAddress, named: [String], among: [String] = []
    ) -> [Link] {
        let names = named.isEmpty ? among : named
        let usable = links.filter {
            (names.isEmpty ? $0.mayAnnounce : names.contains($0.name)) && $0.carries(address.family)
        }
        let all = names.isEmpty ? [] : usable.sorted { $0.name < $1.name }
        guard named.isEmpty else { return all }
        func best(_ candidates: [Route]) -> Link? {
            let route = candidates.filter { route in
                usable.contains { $0.index == route.linkIndex }
            }.min { Self.precedes($0, $1) }
            return route.flatMap { link(index: $0.linkIndex) }
        }
        let covering = (routes + routesOfLinksDown).filter {
            $0.gateway == nil && $0.destination.length > 0 && $0.destination.contains(address)
        }
        if let link = best(covering) { return [link] }
        guard names.isEmpty else { return all }
        let defaults = routes.filter {
            $0.destination.length == 0 && $0.destination.family == address.family
        }
        return [best(defaults)].compactMap { $0 }
    }

    /// The same table, with the addresses that links which are down now had in `former`.
    ///
    /// Those of IPv6 go when a link is set down, and whoever configures the links may take all away
    /// with the carrier.
    package func remembering(_ former: LinkTable) -> LinkTable {
        var table = self
        for index in links.indices where !links[index].isRunning {
            guard let last = former.link(index: links[index].index) else { continue }
            table.links[index].interfaceAddresses += last.interfaceAddresses.filter {
                !links[index].interfaceAddresses.contains($0)
            }
        }
        return table
    }

    /// A link that is down may have lost its routes: what it covered is no other link's for that.
    private var routesOfLinksDown: [Route] {
        links.filter { !$0.isRunning }.flatMap { link in
            link.interfaceAddresses.map {
                Route(destination: $0.prefix, linkIndex: link.index, metric: .max)
            }
        }
    }

    private static func precedes(_ left: Route, _ right: Route) -> Bool {
        if left.destination.length != right.destination.length {
            return left.destination.length > right.destination.length
        }
        return (left.metric, left.linkIndex) < (right.metric, right.linkIndex)
    }
}

extension Link {
    /// Container and tunnel links that never announce unless they are named, by how they begin.
    package static let namePrefixesSkipped = [
        "docker", "veth", "cali", "cni", "flannel", "kube-ipvs", "lxc", "tunl", "dummy", "virbr",
    ]

    /// Whether the link may announce without being named.
    package var mayAnnounce: Bool {
        !isSkippedByKind && !Self.namePrefixesSkipped.contains { name.hasPrefix($0) }
    }

    fileprivate func carries(_ family: AddressFamily) -> Bool { family == .ipv4 || hasIPv6 }
}

extension LinkTable {
    /// The addresses that a node goes by: the first of each family, IPv4 first, on the link named
    /// `first`, else on the default route's link, else on the first link that may announce.
    ///
    /// IPv6 link-local addresses are not taken: they mean nothing to a host elsewhere.
    package func nodeAddresses(first name: String?) -> [IPAddress] {
        let defaultRoute = routes.filter { $0.destination.length == 0 }
            .min { ($0.metric, $0.linkIndex) < ($1.metric, $1.linkIndex) }
        let chosen =
            name.flatMap { link(named: $0) }
            ?? defaultRoute.flatMap { link(index: $0.linkIndex) }
            ?? links.first { $0.mayAnnounce && !$0.interfaceAddresses.isEmpty }
        let addresses = (chosen?.interfaceAddresses ?? []).map(\.address)
            .filter { !$0.isLinkLocal }
        return AddressFamily.allCases.compactMap { family in
            addresses.first { $0.family == family }
        }
    }
}
