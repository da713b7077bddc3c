import HTTPServing
import Laboratory
import Testing

@Suite struct RequestTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let target: String
        let path: [String]
        let query: [HTTPField]
    }

    static let rows = [
        Row(testDescription: "root", target: "/", path: [], query: []),
        Row(testDescription: "trailing slash", target: "/api/v1/", path: ["api", "v1"], query: []),
        Row(
            testDescription: "escapes stay inside a segment", target: "/a%2Fb/c%20d?x=%3D&y=a+b",
            path: ["a/b", "c d"], query: [HTTPField("x", "="), HTTPField("y", "a b")]),
        Row(
            testDescription: "item without value", target: "/x?watch&n=", path: ["x"],
            query: [HTTPField("watch", ""), HTTPField("n", "")]),
    ]

    @Test(arguments: rows) func targetsAreDecoded(row: Row) throws {
        let request = try HTTPRequest(method: "GET", target: row.target)
        #expect(request.path == row.path)
        #expect(request.query == row.query)
    }

    @Test(arguments: ["/%", "/%4", "/%zz", "/%ff", "/x?a=%80"]) func brokenTargets(text: String) {
        #expect(throws: HTTPTargetError.self) {
            try HTTPRequest(method: "GET", target: text)
        }
    }

    @Test func answersOverTCP() async throws {
        let server = try HTTPServer(
            configuration: HTTPServerConfiguration(endpoint: .tcp(host: "127.0.0.1", port: 0))
        ) { request in
            HTTPResponse(text: "\(request.method) \(request.path) \(request.body.count)")
        }
        let port = try #require(server.port)
        let output = try await serving(server) {
            try Command.run("curl", ["-sS", "-d", "abc", "http://127.0.0.1:\(port)/a/b"]).output
        }
        #expect(output == "POST [\"a\", \"b\"] 3")
    }
}
