import Allocation
import Testing

@testable import PoolFile

/// What `text` makes the loader say, one line an error.
func errors(_ texts: String...) -> String {
    let names = ["Pools/lab.yaml", "Pools/office.yaml", "Pools/third.yaml"]
    let sources = zip(names, texts).map { PoolFile.Source(path: $0, bytes: Array($1.utf8)) }
    do throws(PoolFileErrors) {
        _ = try PoolFile.load(sources)
        return ""
    } catch {
        return error.description
    }
}

/// A pool file with this spec, its lines indented by two blanks; the spec's first line is line 5.
func poolFile(_ name: String, _ spec: String...) -> String {
    (["apiVersion: herald.dev/v1", "kind: AddressPool", "metadata: {name: \(name)}", "spec:"]
        + spec.map { "  " + $0 }).joined(separator: "\n") + "\n"
}

@Suite struct PoolFileErrorTests {
    /// Each row: what is wrong, the lines of the spec, what is said.
    @Test(arguments: [
        (
            "no addresses", ["autoAssign: true"],
            "Pools/lab.yaml:5:3: the pool has no addresses"
        ),
        (
            "empty addresses", ["addresses: []"],
            "Pools/lab.yaml:5:14: the pool has no addresses"
        ),
        (
            "unparsable prefix", ["addresses: [192.0.2.0/2x]"],
            "Pools/lab.yaml:5:15: \"192.0.2.0/2x\" is not a prefix: a length of 0 to 32 wanted"
        ),
        (
            "unparsable range", ["addresses:", "  - 192.0.2.1-192.0.2"],
            "Pools/lab.yaml:6:7: \"192.0.2\" is not an IPv4 address: four numbers wanted"
        ),
        (
            "prefix length out of range", ["addresses: [192.0.2.0/33]"],
            "Pools/lab.yaml:5:15: \"192.0.2.0/33\" is not a prefix: a length of 0 to 32 wanted"
        ),
        (
            "reversed range", ["addresses: [192.0.2.9-192.0.2.1]"],
            "Pools/lab.yaml:5:15: \"192.0.2.9-192.0.2.1\" is reversed: 192.0.2.1 lies before "
                + "192.0.2.9"
        ),
        (
            "mixed range", ["addresses: [\"192.0.2.9-2001:db8::1\"]"],
            "Pools/lab.yaml:5:15: \"192.0.2.9-2001:db8::1\" mixes IPv4 and IPv6 in one range"
        ),
        (
            "overlap within the pool", ["addresses: [192.0.2.0/24, 192.0.2.7]"],
            "Pools/lab.yaml:5:29: address 192.0.2.7 overlaps pool \"lab\" "
                + "(Pools/lab.yaml:5:15), which has 192.0.2.0/24"
        ),
        (
            "nothing left", ["addresses: [192.0.2.0/32]", "avoidBuggyIPs: true"],
            "Pools/lab.yaml:5:3: pool \"lab\" is empty: exclude and avoidBuggyIPs leave no address "
                + "of 192.0.2.0"
        ),
        (
            "duplicate namespaces", ["addresses: [192.0.2.1]", "namespaces: [a, b, a]"],
            "Pools/lab.yaml:6:22: namespace a is there twice, first in line 6"
        ),
        (
            "duplicate selectors",
            [
                "addresses: [192.0.2.1]", "namespaceSelectors:", "- matchLabels: {a: b}",
                "- matchLabels: {a: b}",
            ],
            "Pools/lab.yaml:8:5: selector a=b is there twice, first in line 7"
        ),
        (
            "duplicate values",
            [
                "addresses: [192.0.2.1]",
                "serviceSelectors: [{matchExpressions: [{key: a, operator: In, values: [x, x]}]}]",
            ],
            "Pools/lab.yaml:6:77: value x is there twice, first in line 6"
        ),
        (
            "bad operator",
            [
                "addresses: [192.0.2.1]",
                "serviceSelectors: [{matchExpressions: [{key: a, operator: Is, values: [x]}]}]",
            ],
            "Pools/lab.yaml:6:61: operator \"Is\" is none of In, NotIn, Exists, DoesNotExist"
        ),
        (
            "operator without values",
            [
                "addresses: [192.0.2.1]",
                "serviceSelectors: [{matchExpressions: [{key: a, operator: In}]}]",
            ],
            "Pools/lab.yaml:6:42: operator In of a needs at least one value"
        ),
        (
            "unknown key", ["addresses: [192.0.2.1]", "autoassign: false"],
            "Pools/lab.yaml:6:3: unknown key \"autoassign\" in spec; did you mean \"autoAssign\"?"
        ),
        (
            "key twice", ["addresses: [192.0.2.1]", "drain: true", "drain: false"],
            "Pools/lab.yaml:7:3: key \"drain\" is there twice, first in line 6"
        ),
        (
            "yes is no boolean", ["addresses: [192.0.2.1]", "drain: yes"],
            "Pools/lab.yaml:6:10: \"yes\" found where true or false is wanted"
        ),
        (
            "text for a list", ["addresses: 192.0.2.1"],
            "Pools/lab.yaml:5:14: \"192.0.2.1\" found where a list is wanted"
        ),
        (
            "number for a text", ["addresses: [192.0.2.1]", "namespaces: [7]"],
            "Pools/lab.yaml:6:16: 7 is a number where a text is wanted; write it in quotes"
        ),
        (
            "mapping for a number", ["addresses: [192.0.2.1]", "priority: {}"],
            "Pools/lab.yaml:6:13: a mapping found where a number from -1000000 to 1000000 is wanted"
        ),
        (
            "weight out of range",
            [
                "addresses: [192.0.2.1]", "announce:",
                "  preferNodes: [{weight: 101, selector: {}}]",
            ],
            "Pools/lab.yaml:7:28: \"101\" found where a number from 1 to 100 is wanted"
        ),
        (
            "unknown mode", ["addresses: [192.0.2.1]", "announce: {mode: kernel}"],
            "Pools/lab.yaml:6:20: mode \"kernel\" is neither responder nor address"
        ),
        (
            "duration without unit", ["addresses: [192.0.2.1]", "retain: 24"],
            "Pools/lab.yaml:6:11: \"24\" found where a duration is wanted, such as 90s or 24h"
        ),
        (
            "interface name", ["addresses: [192.0.2.1]", "announce: {interfaces: [\"a b\"]}"],
            "Pools/lab.yaml:6:27: \"a b\" is no name of an interface"
        ),
        (
            "tab as indentation", ["addresses:", "\t- 192.0.2.1"],
            "Pools/lab.yaml:6:3: a tab is used as indentation; use blanks"
        ),
        (
            "unknown tag", ["addresses: !!binary [192.0.2.1]"],
            "Pools/lab.yaml:5:14: tag \"tag:yaml.org,2002:binary\" is not supported; leave it out"
        ),
        (
            "alias without anchor", ["addresses: [*a]"],
            "Pools/lab.yaml:5:15: alias *a has no anchor before it"
        ),
        (
            "namespace name", ["addresses: [192.0.2.1]", "namespaces: [Shop]"],
            "Pools/lab.yaml:6:16: \"Shop\" is no name of a namespace"
        ),
        (
            "list for an address", ["addresses: [[192.0.2.1]]"],
            "Pools/lab.yaml:5:15: a list found where an address, prefix or range is wanted"
        ),
        (
            "nothing for an address", ["addresses: [192.0.2.1, ~]"],
            "Pools/lab.yaml:5:26: nothing found where an address, prefix or range is wanted"
        ),
        (
            "text for a mapping", ["addresses: [192.0.2.1]", "announce: eth0"],
            "Pools/lab.yaml:6:13: \"eth0\" found where a mapping is wanted"
        ),
        (
            "list for a text", ["addresses: [192.0.2.1]", "namespaces: [[a]]"],
            "Pools/lab.yaml:6:16: a list found where a text is wanted"
        ),
        (
            "boolean for a text", ["addresses: [192.0.2.1]", "namespaces: [on]"],
            "Pools/lab.yaml:6:16: on is a boolean where a text is wanted; write it in quotes"
        ),
        (
            "list as a key", ["addresses: [192.0.2.1]", "[drain]: true"],
            "Pools/lab.yaml:6:3: a list found where a key is wanted"
        ),
        (
            "text for a selector", ["addresses: [192.0.2.1]", "serviceSelectors: [web]"],
            "Pools/lab.yaml:6:22: \"web\" found where a label selector is wanted"
        ),
        (
            "label twice",
            ["addresses: [192.0.2.1]", "serviceSelectors: [{matchLabels: {a: b, a: c}}]"],
            "Pools/lab.yaml:6:43: label \"a\" is there twice, as \"b\" and \"c\""
        ),
        (
            "expression without a key",
            [
                "addresses: [192.0.2.1]",
                "serviceSelectors: [{matchExpressions: [{operator: Exists}]}]",
            ],
            "Pools/lab.yaml:6:42: an expression without a key"
        ),
        (
            "expression without an operator",
            ["addresses: [192.0.2.1]", "serviceSelectors: [{matchExpressions: [{key: a}]}]"],
            "Pools/lab.yaml:6:42: the expression for a has no operator"
        ),
        (
            "operator with values",
            [
                "addresses: [192.0.2.1]",
                "serviceSelectors: [{matchExpressions: [{key: a, operator: Exists, values: [x]}]}]",
            ],
            "Pools/lab.yaml:6:42: operator Exists of a takes no values"
        ),
        (
            "preference without weight",
            [
                "addresses: [192.0.2.1]", "announce:",
                "  preferNodes: [{selector: {}}]",
            ],
            "Pools/lab.yaml:7:19: a node preference needs weight and selector"
        ),
        (
            "quota below zero", ["addresses: [192.0.2.1]", "quota: {perNamespace: -1}"],
            "Pools/lab.yaml:6:25: \"-1\" found where a number from 0 to 1000000000 is wanted"
        ),
        (
            "IPv6 in IPv4's range", ["addresses: [\"2001:db8::/129\"]"],
            "Pools/lab.yaml:5:15: \"2001:db8::/129\" is not a prefix: a length of 0 to 128 wanted"
        ),
        (
            "an unknown key far from all", ["addresses: [192.0.2.1]", "announce: {speed: 1}"],
            "Pools/lab.yaml:6:14: unknown key \"speed\" in announce; it may have enabled, mode, "
                + "interfaces, nodeSelectors, preferNodes"
        ),
        (
            "flow list not closed", ["addresses: [192.0.2.1"],
            "Pools/lab.yaml:6:1: not YAML: did not find expected ',' or ']'"
        ),
    ])
    func badSpecIsRefused(what: String, spec: [String], said: String) {
        let head = ["apiVersion: herald.dev/v1", "kind: AddressPool", "metadata: {name: lab}"]
        let text = (head + ["spec:"] + spec.map { "  " + $0 }).joined(separator: "\n") + "\n"
        #expect(errors(text) == said, "\(what)")
    }

    @Test(arguments: [
        (
            "a text", "hello\n",
            "1:1: \"hello\" found where an object with apiVersion and kind is wanted"
        ),
        ("no kind", "apiVersion: herald.dev/v1\n", "1:1: the object has no apiVersion or no kind"),
        (
            "unknown kind", "apiVersion: v1\nkind: Pod\n",
            "2:7: kind Pod of v1 is unknown; pools are AddressPool of herald.dev/v1"
        ),
        (
            "no name",
            "apiVersion: herald.dev/v1\nkind: AddressPool\nspec: {addresses: [192.0.2.1]}\n",
            "1:1: the pool has no metadata.name"
        ),
        (
            "no spec", "apiVersion: herald.dev/v1\nkind: AddressPool\nmetadata: {name: a}\n",
            "1:1: the pool has no spec"
        ),
        (
            "bad name",
            "apiVersion: herald.dev/v1\nkind: AddressPool\nmetadata: {name: Lab}\n"
                + "spec: {addresses: [192.0.2.1]}\n",
            "3:18: pool name \"Lab\" must be lower-case letters, digits, \"-\" and \".\", at most 253"
        ),
        (
            "NUL", "apiVersion: herald.dev/v1\nki\0nd: AddressPool\n",
            "2:3: a NUL byte found; this is no text"
        ),
        ("control character", "a: \u{1}\n", "1:4: not YAML: control characters are not allowed"),
    ])
    func badDocumentIsRefused(what: String, text: String, said: String) {
        #expect(errors(text) == "Pools/lab.yaml:" + said, "\(what)")
    }

    @Test func overlapAcrossFilesNamesBothPlaces() {
        let lab =
            "apiVersion: herald.dev/v1\nkind: AddressPool\n# a comment\n"
            + "metadata: {name: lab}\nspec:\n  addresses: [192.0.2.7-192.0.2.9]\n"
        #expect(
            errors(lab, poolFile("office", "addresses: [192.0.2.0/24]"))
                == "Pools/office.yaml:5:15: prefix 192.0.2.0/24 overlaps pool \"lab\" "
                + "(Pools/lab.yaml:6:15), which has 192.0.2.7-192.0.2.9")
    }

    @Test func samePoolTwiceNamesBothPlaces() {
        #expect(
            errors(
                poolFile("lab", "addresses: [192.0.2.1]"),
                poolFile("lab", "addresses: [192.0.2.2]"))
                == "Pools/office.yaml:3:18: pool \"lab\" is there twice, first at "
                + "Pools/lab.yaml:3:18")
    }

    @Test func allErrorsOfAllFilesAreSaidInOrder() {
        let said = errors(
            poolFile("lab", "addresses: [192.0.2.1, x]", "drain: 1", "foo: 1"),
            poolFile("office", "addresses: [192.0.2.1]"), "a: b: c\n")
        #expect(
            said.split(separator: "\n").map { $0.prefix { $0 != " " } } == [
                "Pools/lab.yaml:5:26:", "Pools/lab.yaml:6:10:", "Pools/lab.yaml:7:3:",
                "Pools/office.yaml:5:15:", "Pools/third.yaml:1:5:",
            ])
    }

    /// An overlap of three names the widest, whichever file it stands in.
    @Test func everyOverlapOfThreeIsNamed() {
        #expect(
            errors(
                poolFile("wide", "addresses: [192.0.2.0/24]"),
                poolFile("a", "addresses: [192.0.2.1]"), poolFile("b", "addresses: [192.0.2.9]"))
                == "Pools/office.yaml:5:15: address 192.0.2.1 overlaps pool \"wide\" "
                + "(Pools/lab.yaml:5:15), which has 192.0.2.0/24\n"
                + "Pools/third.yaml:5:15: address 192.0.2.9 overlaps pool \"wide\" "
                + "(Pools/lab.yaml:5:15), which has 192.0.2.0/24")
    }

    @Test func anExclusionThatExcludesNothingIsWarnedOf() throws {
        let text = poolFile("lab", "addresses: [192.0.2.1]", "exclude: [192.0.2.9]")
        let contents = try PoolFile.load([
            PoolFile.Source(path: "Pools/lab.yaml", bytes: Array(text.utf8))
        ])
        #expect(
            contents.warnings.map(\.description) == [
                "Pools/lab.yaml:6:13: exclude 192.0.2.9 is in none of the addresses of the pool"
            ])
    }

    @Test(arguments: AnnouncePolicy.Mode.allCases)
    func everyModeIsRead(mode: AnnouncePolicy.Mode) throws {
        let text = poolFile("lab", "addresses: [192.0.2.1]", "announce: {mode: \(mode.rawValue)}")
        let contents = try PoolFile.load([
            PoolFile.Source(path: "Pools/lab.yaml", bytes: Array(text.utf8))
        ])
        #expect(contents.warnings.isEmpty)
        #expect(contents.pools.pools.map(\.announce.mode) == [mode])
    }
}
