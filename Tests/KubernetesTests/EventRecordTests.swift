import Testing

@testable import Kubernetes

/// How an event gets to the server, whatever the server has of it already.
@Suite(.timeLimit(.minutes(1))) struct EventRecordTests {
    private static let event = Event(
        metadata: ObjectMeta(name: "web.1", namespace: "shop"),
        involvedObject: ObjectReference(
            apiVersion: "v1", kind: "Service", namespace: "shop", name: "web", uid: "u"),
        reason: "AddressAllocated", message: "m", type: "Normal", count: 1,
        firstTimestamp: Time(secondsSince1970: 60), lastTimestamp: Time(secondsSince1970: 60),
        source: EventSource(component: "heraldd", host: "n1"), reportingComponent: "heraldd",
        reportingInstance: "n1")

    private static func refusal(_ status: Int, _ reason: String) -> ScriptedServer.Act {
        .answer(status, #"{"kind":"Status","code":\#(status),"reason":"\#(reason)"}"#)
    }

    private static func stored(count: Int) -> ScriptedServer.Act {
        .answer(
            200,
            """
            {"metadata":{"name":"web.1","namespace":"shop"},"involvedObject":{"kind":"Service"},\
            "count":\(count)}
            """)
    }

    /// The method and body of each request, in order.
    private static func requests(
        for answers: [ScriptedServer.Act]
    ) async throws -> (requests: [String], error: KubernetesError?) {
        var requests: [String] = []
        var error: KubernetesError?
        try await ScriptedServer.withClient(answers.map { [$0] }) { client, server in
            do throws(KubernetesError) {
                try await client.record(event)
            } catch let found {
                error = found
            }
            requests = server.requests
        }
        return (requests, error)
    }

    private static let collection = "/api/v1/namespaces/shop/events"

    @Test func aNewOneIsCreated() async throws {
        let (requests, error) = try await Self.requests(for: [Self.stored(count: 1)])
        #expect(error == nil)
        #expect(requests.count == 1)
        #expect(requests[0].hasPrefix("POST \(Self.collection) HTTP/1.1 {"))
        #expect(requests[0].contains(#""count":1"#))
    }

    @Test func oneThatIsThereIsCountedUp() async throws {
        let (requests, error) = try await Self.requests(for: [
            Self.refusal(409, "AlreadyExists"), Self.stored(count: 41), Self.stored(count: 42),
        ])
        #expect(error == nil)
        #expect(requests.count == 3)
        #expect(requests[1].hasPrefix("GET \(Self.collection)/web.1 "))
        #expect(requests[2].hasPrefix("PATCH \(Self.collection)/web.1 "))
        #expect(requests[2].contains(#""count":42"#))
        #expect(requests[2].contains(#""lastTimestamp":"1970-01-01T00:01:00Z""#))
        #expect(!requests[2].contains("firstTimestamp"))
    }

    @Test func oneThatTheServerForgotMeanwhileIsCreatedAfterAll() async throws {
        let (requests, error) = try await Self.requests(for: [
            Self.refusal(409, "AlreadyExists"), Self.refusal(404, "NotFound"),
            Self.stored(count: 1),
        ])
        #expect(error == nil)
        #expect(requests.map { $0.prefix(4) } == ["POST", "GET ", "POST"])
    }

    @Test(arguments: [
        [refusal(403, "Forbidden")],
        [refusal(409, "AlreadyExists"), refusal(403, "Forbidden")],
        [refusal(409, "AlreadyExists"), stored(count: 1), refusal(403, "Forbidden")],
    ])
    func aRefusalIsPassedOn(answers: [ScriptedServer.Act]) async throws {
        let (requests, error) = try await Self.requests(for: answers)
        #expect(error?.refusal?.httpStatus == 403)
        #expect(requests.count == answers.count)
    }
}
