import Addressing
import Allocation
import Naming
import Testing
import YAML

@testable import PoolFile

/// MetalLB's files as they are.
@Suite struct MetalLBTests {
    private func load(_ text: String) throws -> PoolFile.Contents {
        try PoolFile.load([PoolFile.Source(path: "m.yaml", bytes: Array(text.utf8))])
    }

    private func object(_ kind: String, _ name: String, _ spec: String) -> String {
        "---\napiVersion: metallb.io/v1beta1\nkind: \(kind)\n"
            + "metadata: {name: \(name), namespace: metallb-system, labels: {zone: \(name)}}\n"
            + (spec.isEmpty ? "" : "spec: \(spec)\n")
    }

    @Test func everyFieldOfAPoolIsRead() throws {
        let selector = "{matchLabels: {a: b}}"
        let contents = try load(
            object(
                "IPAddressPool", "lab",
                "{addresses: [192.0.2.0/24, 198.51.100.1 - 198.51.100.9, \"2001:db8::/64\"], "
                    + "autoAssign: false, avoidBuggyIPs: true, serviceAllocation: {priority: 50, "
                    + "namespaces: [shop], namespaceSelectors: [\(selector)], "
                    + "serviceSelectors: [\(selector)]}}")
                + object("L2Advertisement", "all", ""))
        let labels = LabelSelector(matchLabels: ["a": "b"])
        let expected = Pool(
            name: "lab",
            ranges: try ["192.0.2.0/24", "198.51.100.1-198.51.100.9", "2001:db8::/64"].map {
                try AddressRange($0)
            }, autoAssign: false, avoidsBuggyAddresses: true, priority: 50, namespaces: ["shop"],
            namespaceSelectors: [labels], serviceSelectors: [labels], retain: .zero)
        #expect(contents.pools.pools == [expected])
        #expect(contents.warnings.isEmpty)
    }

    /// Each row: the block, the priority, whether the pool selects services.
    @Test(arguments: [
        ("", YAMLReader.priorityLast, false),
        (", serviceAllocation: {priority: 0, namespaces: [a]}", YAMLReader.priorityLast, true),
        (", serviceAllocation: {priority: 7}", 7, true),
    ])
    func priorityZeroOrUnsetIsLast(block: String, priority: Int, selects: Bool) throws {
        let contents = try load(
            object("IPAddressPool", "lab", "{addresses: [192.0.2.0/24]\(block)}"))
        #expect(contents.pools.pools[0].priority == priority)
        #expect(contents.pools.pools[0].selectsServices == selects)
    }

    @Test func poolThatNoAdvertisementSelectsIsNotAnnouncedAndWarnedOf() throws {
        let contents = try load(
            object("IPAddressPool", "lab", "{addresses: [192.0.2.0/24]}")
                + object("IPAddressPool", "web", "{addresses: [198.51.100.0/24]}")
                + object("L2Advertisement", "x", "{ipAddressPools: [web, gone]}"))
        #expect(contents.pools.pools.map(\.announce.isEnabled) == [false, true])
        #expect(
            contents.warnings.map(\.description) == [
                "m.yaml:4:18: no L2Advertisement selects pool \"lab\": its addresses are allocated "
                    + "and not announced",
                "m.yaml:15:30: there is no IPAddressPool \"gone\"",
            ])
    }

    @Test func advertisementsAreJoinedByNameAndSelectorAndUnited() throws {
        let nodes = "[{matchLabels: {n: \"1\"}}]"
        let contents = try load(
            object(
                "L2Advertisement", "a",
                "{ipAddressPools: [lab], interfaces: [eth0], nodeSelectors: \(nodes)}")
                + object("IPAddressPool", "lab", "{addresses: [192.0.2.0/24]}")
                + object("IPAddressPool", "web", "{addresses: [198.51.100.0/24]}")
                + object(
                    "L2Advertisement", "b",
                    "{ipAddressPoolSelectors: [{matchLabels: {zone: lab}}], interfaces: [eth1, eth0], "
                        + "nodeSelectors: \(nodes), "
                        + "preferredNodeSelectors: [{weight: 9, preference: {matchLabels: {r: a}}}]}"
                )
                + object("L2Advertisement", "c", "{ipAddressPools: [web], interfaces: [eth2]}")
                + object("L2Advertisement", "d", "{ipAddressPools: [web]}"))
        let lab = contents.pools.pools[0].announce
        #expect(lab.interfaces == ["eth0", "eth1"])
        #expect(lab.nodeSelectors == [LabelSelector(matchLabels: ["n": "1"])])
        #expect(
            lab.preferredNodes == [
                .init(weight: 9, selector: LabelSelector(matchLabels: ["r": "a"]))
            ])
        #expect(contents.pools.pools[1].announce == AnnouncePolicy())
        #expect(contents.warnings.isEmpty)
    }

    @Test func interfacesOfDifferentNodesAreWarnedOf() throws {
        let contents = try load(
            object("IPAddressPool", "lab", "{addresses: [192.0.2.0/24]}")
                + object(
                    "L2Advertisement", "a",
                    "{interfaces: [eth0], nodeSelectors: [{matchLabels: {n: a}}]}")
                + object(
                    "L2Advertisement", "b",
                    "{interfaces: [eth1], nodeSelectors: [{matchLabels: {n: b}}]}"))
        #expect(
            contents.warnings.map(\.message) == [
                "the interfaces of the L2Advertisements of pool \"lab\" are united for all their "
                    + "nodes: a, b"
            ])
    }

    @Test func whatCannotBeHonouredIsAWarningThatNamesIt() throws {
        let contents = try load(
            object("BGPPeer", "peer", "{myASN: 1}")
                + object("L2Advertisement", "a", "{serviceSelectors: [{matchLabels: {a: b}}]}"))
        #expect(
            contents.warnings.map(\.description) == [
                "m.yaml:3:7: kind BGPPeer is not honoured: Herald speaks ARP and ND only",
                "m.yaml:10:26: serviceSelectors of an L2Advertisement is not honoured: Herald "
                    + "announces every address of the pools; use serviceSelectors of the pool",
            ])
    }

    @Test func listOutOfAClusterIsReadItemByItem() throws {
        let contents = try load(
            """
            apiVersion: v1
            kind: List
            items:
            - apiVersion: metallb.io/v1beta1
              kind: IPAddressPool
              metadata:
                creationTimestamp: "2026-01-01T00:00:00Z"
                generation: 1
                name: lab
                resourceVersion: "7"
              spec:
                addresses:
                - 192.0.2.0/24
              status:
                assignedIPv4: 1
            """)
        #expect(contents.pools.pools.map(\.name) == ["lab"])
    }

    /// Every field of the two kinds' specs, as their CRDs have them (MetalLB 0.16, v1beta1), and
    /// what becomes of it: read without a word, or warned of with its place.
    @Test(arguments: [
        ("addresses", "IPAddressPool", "addresses: [192.0.2.0/24]", ""),
        ("autoAssign", "IPAddressPool", "autoAssign: false", ""),
        ("avoidBuggyIPs", "IPAddressPool", "avoidBuggyIPs: true", ""),
        ("serviceAllocation", "IPAddressPool", "serviceAllocation: {}", ""),
        ("priority", "IPAddressPool", "serviceAllocation: {priority: 5}", ""),
        ("namespaces", "IPAddressPool", "serviceAllocation: {namespaces: [a]}", ""),
        (
            "namespaceSelectors", "IPAddressPool",
            "serviceAllocation: {namespaceSelectors: [{matchLabels: {a: b}}]}", ""
        ),
        (
            "serviceSelectors of a pool", "IPAddressPool",
            "serviceAllocation: {serviceSelectors: [{matchExpressions: "
                + "[{key: a, operator: In, values: [b]}]}]}", ""
        ),
        ("ipAddressPools", "L2Advertisement", "ipAddressPools: [lab]", ""),
        (
            "ipAddressPoolSelectors", "L2Advertisement",
            "ipAddressPoolSelectors: [{matchLabels: {zone: lab}}]", ""
        ),
        ("nodeSelectors", "L2Advertisement", "nodeSelectors: [{matchLabels: {a: b}}]", ""),
        ("interfaces", "L2Advertisement", "interfaces: [eth0]", ""),
        (
            "preferredNodeSelectors", "L2Advertisement",
            "preferredNodeSelectors: [{weight: 7, preference: {matchLabels: {a: b}}}]", ""
        ),
        (
            "serviceSelectors of an advertisement", "L2Advertisement",
            "serviceSelectors: [{matchLabels: {a: b}}]",
            "m.yaml:10:26: serviceSelectors of an L2Advertisement is not honoured: Herald "
                + "announces every address of the pools; use serviceSelectors of the pool"
        ),
    ])
    func everyFieldOfTheCRDsIsHonouredOrWarnedOf(
        field: String, kind: String, spec: String, warning: String
    ) throws {
        let isPool = kind == "IPAddressPool"
        let addresses =
            isPool && field != "addresses" ? "addresses: [192.0.2.0/24], " : ""
        let poolSpec = isPool ? "{\(addresses)\(spec)}" : "{addresses: [192.0.2.0/24]}"
        let plain = try load(
            object("IPAddressPool", "lab", "{addresses: [192.0.2.0/24]}")
                + object("L2Advertisement", "all", "{}"))
        let contents = try load(
            object("IPAddressPool", "lab", poolSpec)
                + object("L2Advertisement", "all", isPool ? "{}" : "{\(spec)}"))
        #expect(contents.warnings.map(\.description) == (warning.isEmpty ? [] : [warning]))
        // Those that name what they would name anyway change nothing.
        let isNeutral = ["addresses", "ipAddressPools", "ipAddressPoolSelectors"].contains(field)
        let isChanged = contents.pools != plain.pools
        #expect(isChanged == (!isNeutral && warning.isEmpty), "\(field)")
    }

    @Test(arguments: [
        "BGPPeer", "BGPAdvertisement", "BFDProfile", "Community", "ServiceL2Status",
        "ServiceBGPStatus", "BGPSessionStatus", "ConfigurationState",
    ])
    func everyOtherKindIsWarnedOf(kind: String) throws {
        #expect(
            try load(object(kind, "x", "{anything: 1}")).warnings.map(\.description) == [
                "m.yaml:3:7: kind \(kind) is not honoured: Herald speaks ARP and ND only"
            ])
    }

    /// MetalLB takes the whole prefix when host bits are set, and blanks around a hyphen.
    @Test func addressesMeanWhatTheyMeanThere() throws {
        let contents = try load(
            object(
                "IPAddressPool", "lab", "{addresses: [192.0.2.5/24, 198.51.100.1 -198.51.100.2]}"))
        #expect(
            contents.pools.pools[0].ranges.map(\.description) == [
                "192.0.2.0-192.0.2.255", "198.51.100.1-198.51.100.2",
            ])
    }

    @Test func aPoolWithoutASpecIsRefused() {
        #expect(
            errors(object("IPAddressPool", "lab", "")) == "Pools/lab.yaml:2:1: the pool has no spec"
        )
    }

    @Test func unknownKeysAreErrorsHereToo() {
        #expect(
            errors(object("IPAddressPool", "lab", "{addresses: [192.0.2.0/24], drain: true}"))
                == "Pools/lab.yaml:5:35: unknown key \"drain\" in spec of an IPAddressPool; it may "
                + "have addresses, autoAssign, avoidBuggyIPs, serviceAllocation")
    }
}
