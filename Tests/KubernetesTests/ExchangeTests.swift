import Foundation
import NIOCore
import Synchronization
import Testing

@testable import Kubernetes

/// Requests against a server that misbehaves in every way a client must survive.
@Suite(.timeLimit(.minutes(1))) struct ExchangeTests {
    private typealias Act = ScriptedServer.Act

    private static func node(_ name: String, version: Int) -> String {
        #"{"metadata":{"name":"\#(name)","resourceVersion":"\#(version)"}}"#
    }

    private static func list(
        _ names: [String], version: Int, continuation: String = ""
    ) -> ScriptedServer.Act {
        let items = names.map { node($0, version: 1) }.joined(separator: ",")
        return .answer(
            200,
            """
            {"metadata":{"resourceVersion":"\(version)","continue":"\(continuation)"},\
            "items":[\(items)]}
            """)
    }

    private static func line(_ type: String, _ name: String, version: Int) -> String {
        #"{"type":"\#(type)","object":\#(node(name, version: version))}"# + "\n"
    }

    /// A short text for an element, so that a feed reads as a story.
    private static func tell(_ feed: Feed<Node>) -> String {
        switch feed {
        case .snapshot(let nodes):
            "snapshot " + nodes.map(\.metadata.name).joined(separator: ",")
        case .changed(let node): "changed \(node.metadata.name)"
        case .removed(let node): "removed \(node.metadata.name)"
        case .interrupted(let error): "interrupted \(error.cause)"
        case .resumed: "resumed"
        }
    }

    private static func story(
        _ answers: [[ScriptedServer.Act]], length: Int, breaksAfter: Int? = nil,
        silenceMax: TimeAmount = .seconds(30)
    ) async throws -> (told: [String], requests: [String], connections: Int) {
        var told: [String] = []
        var requests: [String] = []
        var connections = 0
        try await ScriptedServer.withClient(answers, silenceMax: silenceMax) { client, server in
            for await feed in client.follow(Node.self) {
                told.append(tell(feed))
                if told.count == breaksAfter { server.breakConnections() }
                if told.count == length { break }
            }
            requests = server.requests
            connections = server.connections
        }
        return (told, requests, connections)
    }

    @Test func aFollowedKindIsListedInPagesAndWatchedFromThere() async throws {
        let (told, requests, _) = try await Self.story(
            [
                [Self.list(["a", "b"], version: 7, continuation: "here/now=")],
                [Self.list(["c"], version: 7)],
                [
                    .streamHead, .chunk(Self.line("ADDED", "d", version: 8)),
                    .chunk(Self.line("MODIFIED", "a", version: 9)),
                    .chunk(Self.line("DELETED", "b", version: 10)),
                ],
            ], length: 4)
        #expect(told == ["snapshot a,b,c", "changed d", "changed a", "removed b"])
        #expect(requests[0] == "GET /api/v1/nodes?limit=500 HTTP/1.1 ")
        #expect(requests[1] == "GET /api/v1/nodes?limit=500&continue=here%2Fnow%3D HTTP/1.1 ")
        #expect(
            requests[2].hasPrefix(
                "GET /api/v1/nodes?watch=true&allowWatchBookmarks=true&resourceVersion=7&timeout"))
    }

    /// However the stream is cut, and although it ends within a line, nothing is lost or doubled.
    @Test func aWatchThatBreaksGoesOnAfterItsLastWholeLine() async throws {
        let lines = Self.line("ADDED", "b", version: 8) + Self.line("ADDED", "c", version: 9)
        let cut = lines.index(lines.startIndex, offsetBy: 20)
        let (told, requests, _) = try await Self.story(
            [
                [Self.list(["a"], version: 7)],
                [
                    .streamHead, .chunk(String(lines[..<cut])), .chunk(String(lines[cut...])),
                    .chunk(#"{"type":"ADD"#),
                ],
                [.streamHead, .chunk(Self.line("ADDED", "d", version: 10))],
            ], length: 6, breaksAfter: 3)
        #expect(
            told == [
                "snapshot a", "changed b", "changed c",
                "interrupted the server broke off its answer; does the API server run, and is the "
                    + "way to it open?",
                "resumed", "changed d",
            ])
        #expect(requests[2].contains("&resourceVersion=9&"))
    }

    /// The peer of a dead connection says nothing, not even that it is gone.
    @Test func aSilentWatchIsGivenUp() async throws {
        // Once for each attempt that a busy machine lets fail as well.
        let answer: [Act] = [.streamHead, .chunk(Self.line("ADDED", "c", version: 9))]
        let (told, requests, _) = try await Self.story(
            [
                [Self.list(["a"], version: 7)],
                [.streamHead, .chunk(Self.line("ADDED", "b", version: 8))],
            ] + Array(repeating: answer, count: 20), length: 5, silenceMax: .seconds(3))
        #expect(
            told == [
                "snapshot a", "changed b",
                "interrupted no answer in time; is the API server overloaded or cut off?",
                "resumed", "changed c",
            ])
        #expect(requests[2].contains("&resourceVersion=8&"))
    }

    @Test func bookmarksMoveThePlaceAndAreNotTold() async throws {
        let (told, requests, connections) = try await Self.story(
            [
                [Self.list([], version: 7)],
                [
                    .streamHead, .chunk(Self.line("BOOKMARK", "", version: 20)), .streamEnd,
                ],
                [.streamHead, .chunk(Self.line("ADDED", "b", version: 21))],
            ], length: 2)
        #expect(told == ["snapshot ", "changed b"])
        #expect(requests[2].contains("&resourceVersion=20&"))
        #expect(connections == 1, "a watch goes on where it was, also on the wire")
    }

    /// A deletion that the server has forgotten shows as an absence; no interruption is told.
    @Test(arguments: [
        [
            ScriptedServer.Act.streamHead,
            .chunk(#"{"type":"ERROR","object":{"code":410,"reason":"Expired"}}"# + "\n"),
        ],
        [.answer(410, #"{"kind":"Status","code":410,"reason":"Gone"}"#)],
    ])
    func anExpiredWatchIsAnsweredByANewList(expiry: [ScriptedServer.Act]) async throws {
        let (told, requests, _) = try await Self.story(
            [
                [Self.list(["a", "b"], version: 7)], expiry, [Self.list(["a"], version: 90)],
                [.streamHead, .chunk(Self.line("ADDED", "c", version: 91))],
            ], length: 3)
        #expect(told == ["snapshot a,b", "snapshot a", "changed c"])
        #expect(requests[3].contains("&resourceVersion=90&"))
    }

    @Test func aListThatExpiresBetweenPagesStartsAnew() async throws {
        let (told, requests, _) = try await Self.story(
            [
                [Self.list(["a"], version: 7, continuation: "x")],
                [.answer(410, #"{"code":410,"reason":"Expired","message":"too old"}"#)],
                [Self.list(["a", "b"], version: 8)], [.streamHead],
            ], length: 3)
        #expect(told == ["interrupted 410 Expired: too old", "snapshot a,b", "resumed"])
        #expect(!requests[2].contains("continue"))
    }

    @Test func theServersWaitIsKept() async throws {
        let start = ContinuousClock.now
        let (told, _, _) = try await Self.story(
            [
                [.answer(429, "", headers: "retry-after: 1\r\n")],
                [Self.list(["a"], version: 7)], [.streamHead],
            ], length: 3)
        #expect(told == ["interrupted 429", "snapshot a", "resumed"])
        #expect(ContinuousClock.now - start >= .seconds(1))
    }

    @Test func garbageInAWatchIsAnInterruptionNotACrash() async throws {
        let (told, requests, _) = try await Self.story(
            [
                [Self.list(["a"], version: 7)], [.streamHead, .chunk("{]\n")],
                [.streamHead, .chunk(Self.line("ADDED", "b", version: 8))],
            ], length: 4)
        #expect(told.count == 4)
        #expect(told[1].hasPrefix("interrupted the answer cannot be read"), "\(told)")
        #expect(told.suffix(2) == ["resumed", "changed b"])
        #expect(requests[2].contains("&resourceVersion=7&"))
    }

    @Test func aServerThatHangsIsTimedOut() async throws {
        try await ScriptedServer.withClient([]) { client, server in
            let patient = client.answering(within: .milliseconds(100))
            let found = await #expect(throws: KubernetesError.self) { try await patient.version() }
            #expect(found == KubernetesError(verb: .get, path: "/version", cause: .timedOut))
            #expect(found?.isOutcomeUnknown == true)
            let one = [RequestKind(verb: .get, resource: "/version"): Int64(1)]
            #expect(client.requests == one, "whatever became of it, and by whichever copy")
        }
    }

    @Test func anAnswerThatStopsHalfwayIsTimedOut() async throws {
        let half = Act.say("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")
        try await ScriptedServer.withClient([[half]]) { client, server in
            let patient = client.answering(within: .milliseconds(200))
            let found = await #expect(throws: KubernetesError.self) { try await patient.version() }
            #expect(found?.cause == .timedOut)
        }
    }

    @Test func aRequestCarriesCredentialsAndItsBody() async throws {
        let echo = #"{"metadata":{"name":"x","namespace":"y"},"data":{}}"#
        try await ScriptedServer.withClient([[.answer(201, echo)]]) { client, server in
            let object = ConfigMap(
                metadata: ObjectMeta(name: "x", namespace: "y"), data: ["a": "b"])
            #expect(try await client.create(object).namespacedName == object.namespacedName)
            let request = try #require(server.requests.first)
            #expect(request.hasPrefix("POST /api/v1/namespaces/y/configmaps HTTP/1.1 {"))
            #expect(request.contains(#""data":{"a":"b"}"#))
        }
    }

    @Test func nobodyListeningIsSaidAtOnce() async throws {
        let server = try await ScriptedServer([])
        await server.close()
        try await withClient(ClusterAccess(server: server.url)) { client in
            let start = ContinuousClock.now
            let found = await #expect(throws: KubernetesError.self) { try await client.version() }
            let text = try #require(found).description
            #expect(text.contains("Connection refused"), "\(text)")
            #expect(ContinuousClock.now - start < .seconds(5))
        }
    }

    /// A token file that is gone is said with its name, and nothing is sent.
    @Test func credentialsThatCannotBeReadSendNothing() async throws {
        let server = try await ScriptedServer([])
        let access = ClusterAccess(
            server: server.url, authorization: .tokenFile("/nonexistent/token"))
        try await withClient(access) { client in
            let found = await #expect(throws: KubernetesError.self) { try await client.version() }
            let text = try #require(found).description
            #expect(text.contains("token file /nonexistent/token"), "\(text)")
        }
        #expect(server.requests.isEmpty)
        await server.close()
    }

    @Test func aCancelledFollowEnds() async throws {
        try await ScriptedServer.withClient([[Self.list(["a"], version: 7)]]) { client, _ in
            let started = Mutex(false)
            let task = Task {
                for await _ in client.follow(Node.self) { started.withLock { $0 = true } }
                return true
            }
            try await eventually { started.withLock { $0 } }
            task.cancel()
            #expect(await task.value)
        }
    }
}

/// Waits until `condition` holds; records an issue after half a minute.
func eventually(
    _ what: String = "", _ condition: () async throws -> Bool,
    sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    let deadline = ContinuousClock.now + .seconds(30)
    while try await !condition() {
        guard ContinuousClock.now < deadline else {
            Issue.record("not within 30 s: \(what)", sourceLocation: sourceLocation)
            return
        }
        try await Task.sleep(for: .milliseconds(5))
    }
}
