import JSON
import Testing

@testable import EmbeddedAPI

@Suite struct SelectorTests {
    static let labels: [String: JSONValue] = ["app": "web", "tier": "front", "empty": ""]

    /// nil: refused.
    static let rows: [(String, Bool?)] = [
        ("", true), ("app=web", true), ("app==web", true), ("app = web", true),
        ("app=db", false), ("app!=db", true), ("app!=web", false), ("none!=x", true),
        ("app", true), ("none", false), ("!none", true), ("! app", false), ("empty=", true),
        ("app in (web,db)", true), ("app in (db)", false), ("app in(web)", true),
        ("app notin (db, x)", true), ("app notin (web)", false), ("none notin (a)", true),
        ("app=web,tier in (front,back),!none", true), ("app=web,tier=back", false),
        ("app in web", nil), ("=x", nil), ("a b=c", nil), ("app=!", nil), ("-a=b", nil),
    ]

    @Test(arguments: rows) func labelSelectors(text: String, matches: Bool?) {
        let found = try? Selector(labels: text).matches { Self.labels[$0]?.string }
        #expect(found == matches)
    }

    static let fieldRows: [(String, Bool?)] = [
        ("", true), ("metadata.name=web", true), ("metadata.name==web", true),
        ("metadata.name!=web", false), ("metadata.namespace=default,type=Normal", true),
        ("type=", false), ("reason=", true), ("involvedObject.kind=Service", true),
        ("involvedObject.kind!=Node", true), ("spec.nodeName=n1", nil), ("type", nil),
    ]

    @Test(arguments: fieldRows) func fieldSelectors(text: String, matches: Bool?) {
        let event: JSONValue = [
            "metadata": ["name": "web", "namespace": "default"], "type": "Normal",
            "involvedObject": ["kind": "Service"],
        ]
        let selectable = Resource.events.selectableFields
        let found = try? Selector(fields: text, selectable: selectable)
            .matches { event.fieldText($0) }
        #expect(found == matches)
    }
}

@Suite struct NameTests {
    static let rows: [(String, @Sendable (String) -> String?, [String], [String])] = [
        (
            "RFC 1123 label", dns1123LabelProblem,
            ["a", "9", "a-b", String(repeating: "a", count: 63)],
            ["", "-a", "a-", "A", "a.b", "a_b", "ä", String(repeating: "a", count: 64)]
        ),
        ("RFC 1035 label", dns1035LabelProblem, ["a", "a9", "a-b"], ["", "9a", "a-", "A"]),
        (
            "RFC 1123 subdomain", dns1123SubdomainProblem, ["a", "a.b", "9.a-b"],
            ["", ".", "a.", ".a", "a..b", "A.b", "a_b"]
        ),
        (
            "qualified name", qualifiedNameProblem, ["a", "A_b.c-D", "herald.dev/pool", "x.y/Z"],
            [
                "", "/", "a/", "/a", "a/b/c", "A.b/c", "a b", "-a", "a.",
                String(repeating: "a", count: 64),
            ]
        ),
        ("label value", labelValueProblem, ["", "a", "A.b_c-d"], ["-", "a ", "ä", "a/b"]),
        (
            "port name", portNameProblem, ["http", "a1", "1a"],
            ["", "1", "a--b", "-a", "A", "toolongportnamex"]
        ),
        (
            "config key", configKeyProblem, ["a", "A.b_c-d", ".x"],
            ["", ".", "..", "..a", "a/b", "a b"]
        ),
    ]

    @Test(arguments: rows.indices) func names(index: Int) {
        let (name, problem, valid, invalid) = Self.rows[index]
        for text in valid { #expect(problem(text) == nil, "\(name): \(text)") }
        for text in invalid { #expect(problem(text) != nil, "\(name): \(text)") }
    }
}

@Suite struct AgeTests {
    static let ages: [(Int64, String)] = [
        (-5, "<invalid>"), (-1, "0s"), (0, "0s"), (119, "119s"), (120, "2m"), (125, "2m5s"),
        (599, "9m59s"), (600, "10m"), (10_799, "179m"), (10_800, "3h"), (10_860, "3h1m"),
        (28_800, "8h"), (172_799, "47h"), (172_800, "2d"), (180_000, "2d2h"), (691_200, "8d"),
        (63_071_999, "729d"), (63_072_000, "2y"), (63_072_000 + 86_400, "2y1d"),
        (252_288_000, "8y"),
    ]

    @Test(arguments: ages) func agesReadAsKubectlWritesThem(seconds: Int64, text: String) {
        #expect(humanDuration(seconds: seconds) == text)
    }
}
