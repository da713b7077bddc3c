import Naming
import Testing

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
