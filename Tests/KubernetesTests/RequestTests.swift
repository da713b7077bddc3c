import Foundation
import JSON
import NIOCore
import NIOFoundationEssentialsCompat
import NIOHTTP1
import Testing

@testable import Kubernetes

@Suite struct RequestTests {
    @Test func pathsAreThoseOfTheAPI() {
        let rows = [
            (APIRequest.path(Service.self), "/api/v1/services"),
            (APIRequest.path(Service.self, namespace: "shop"), "/api/v1/namespaces/shop/services"),
            (
                APIRequest.path(
                    Service.self, namespace: "shop", name: "web", subresource: "status"),
                "/api/v1/namespaces/shop/services/web/status"
            ),
            (APIRequest.path(Node.self, namespace: "shop", name: "n1"), "/api/v1/nodes/n1"),
            (APIRequest.path(Namespace.self, name: "shop"), "/api/v1/namespaces/shop"),
            (
                APIRequest.path(Lease.self, namespace: "herald-system", name: "herald-allocator"),
                "/apis/coordination.k8s.io/v1/namespaces/herald-system/leases/herald-allocator"
            ),
            (APIRequest.path(EndpointSlice.self), "/apis/discovery.k8s.io/v1/endpointslices"),
            (
                APIRequest.path(Node.self, name: "../a b?ü"), "/api/v1/nodes/..%2Fa%20b%3F%C3%BC"
            ),
        ]
        for (path, expected) in rows { #expect(path == expected) }
    }

    @Test(arguments: [
        ("/api/v1/services", "services"), ("/api/v1/namespaces/shop/services/web", "services"),
        ("/api/v1/namespaces/shop/services/web/status", "services/status"),
        ("/api/v1/namespaces", "namespaces"), ("/api/v1/namespaces/shop", "namespaces"),
        ("/api/v1/nodes/n1/status", "nodes/status"),
        ("/apis/coordination.k8s.io/v1/namespaces/herald-system/leases/a", "leases"),
        ("/apis/discovery.k8s.io/v1/endpointslices", "endpointslices"), ("/version", "/version"),
        ("/api", ""),
    ])
    func requestsAreOfAKind(path: String, resource: String) {
        let kind = RequestKind(verb: .get, resource: resource)
        #expect(APIRequest(verb: .get, path: path).kind == kind)
    }

    @Test func queriesAreEncoded() {
        var request = APIRequest(verb: .list, path: "/api/v1/services")
        #expect(request.target == "/api/v1/services")
        let selector = ListSelector(labels: "app in (a,b)", fields: "metadata.name=web")
        request.query = selector.query + [("limit", "500")]
        #expect(
            request.target == """
                /api/v1/services?labelSelector=app%20in%20%28a%2Cb%29\
                &fieldSelector=metadata.name%3Dweb&limit=500
                """)
        #expect(ListSelector.all.query.isEmpty)
        #expect(ListSelector.name("web").fields == "metadata.name=web")
    }

    @Test(arguments: [
        (Verb.get, "GET"), (.list, "GET"), (.watch, "GET"), (.create, "POST"), (.update, "PUT"),
        (.patch, "PATCH"), (.delete, "DELETE"),
    ])
    func verbsAreMethods(verb: Verb, method: String) {
        #expect(APIRequest(verb: verb, path: "/").method.rawValue == method)
    }

    @Test(
        arguments: [
            ("https://192.0.2.1:6443", nil, "https://192.0.2.1:6443", [:]),
            (
                "https://192.0.2.1:6443/prefix", "api.example", "https://api.example:6443/prefix",
                ["api.example": "192.0.2.1"]
            ),
            (
                "https://[2001:db8::1]:6443", "api.example", "https://api.example:6443",
                ["api.example": "2001:db8::1"]
            ),
        ] as [(String, String?, String, [String: String])])
    func aServerNameTakesThePlaceOfTheHost(
        server: String, name: String?, url: String, resolution: [String: String]
    ) throws {
        let endpoint = try ClusterAccess(server: server, tlsServerName: name).endpoint()
        #expect(endpoint.url == url)
        #expect(endpoint.resolution == resolution)
    }

    private static func error(_ cause: KubernetesError.Cause) -> KubernetesError {
        KubernetesError(verb: .patch, path: "/api/v1/namespaces/default/services/web", cause: cause)
    }

    @Test(arguments: [
        (
            KubernetesError.Cause.refused(
                KubernetesError.Refusal(
                    httpStatus: 409, reason: "Conflict", message: "the object has been modified")),
            "409 Conflict: the object has been modified"
        ),
        (
            .refused(
                KubernetesError.Refusal(
                    httpStatus: 401, reason: "Unauthorized", message: "Unauthorized")),
            """
            401 Unauthorized: Unauthorized; check the token or client certificate in the kubeconfig
            """
        ),
        (
            .refused(KubernetesError.Refusal(httpStatus: 403, reason: "Forbidden", message: "no")),
            "403 Forbidden: no; check the RBAC rules of this user"
        ),
        (.refused(KubernetesError.Refusal(httpStatus: 502, reason: "", message: "")), "502"),
        (
            .unreachable("connection refused"),
            "connection refused; does the API server run, and is the way to it open?"
        ),
        (.timedOut, "no answer in time; is the API server overloaded or cut off?"),
        (.unreadable(".items: null"), "the answer cannot be read: .items: null"),
        (.credentials("token file /t: is gone"), "token file /t: is gone"),
        (.cancelled, "cancelled"),
    ])
    func errorsNameVerbPathAndCause(cause: KubernetesError.Cause, text: String) {
        #expect(
            Self.error(cause).description
                == "patch /api/v1/namespaces/default/services/web: \(text)")
    }

    private static func refused(_ status: Int, _ reason: String) -> KubernetesError {
        error(.refused(KubernetesError.Refusal(httpStatus: status, reason: reason, message: "")))
    }

    @Test func errorsAreToldApart() {
        #expect(Self.refused(404, "NotFound").isNotFound)
        #expect(Self.refused(409, "Conflict").isConflict)
        #expect(!Self.refused(409, "Conflict").isAlreadyExists)
        #expect(Self.refused(409, "AlreadyExists").isAlreadyExists)
        #expect(!Self.refused(409, "AlreadyExists").isConflict)
        #expect(Self.refused(410, "Expired").isExpired)
        #expect(Self.refused(410, "Gone").isExpired)
        #expect(!Self.error(.timedOut).isConflict)
    }

    @Test func aLostAnswerIsAnUnknownOutcome() {
        for cause in [
            KubernetesError.Cause.timedOut, .unreachable(""), .unreadable(""), .cancelled,
        ] {
            #expect(Self.error(cause).isOutcomeUnknown)
        }
        #expect(Self.refused(500, "").isOutcomeUnknown)
        #expect(!Self.refused(409, "Conflict").isOutcomeUnknown)
        #expect(!Self.error(.credentials("")).isOutcomeUnknown)
    }

    @Test(arguments: [
        (
            "a Status", #"{"kind":"Status","reason":"Conflict","message":"m","code":409}"#, nil,
            KubernetesError.Refusal(httpStatus: 409, reason: "Conflict", message: "m")
        ),
        (
            "a Status with a wait",
            #"{"reason":"R","message":"m","details":{"retryAfterSeconds":2}}"#,
            nil,
            KubernetesError.Refusal(
                httpStatus: 409, reason: "R", message: "m", retryAfter: .seconds(2))
        ),
        (
            "a header wins", #"{"reason":"R","message":"m","details":{"retryAfterSeconds":2}}"#,
            "5",
            KubernetesError.Refusal(
                httpStatus: 409, reason: "R", message: "m", retryAfter: .seconds(5))
        ),
        (
            "a proxy's page", "<html>Bad Gateway</html>", "soon",
            KubernetesError.Refusal(
                httpStatus: 409, reason: "", message: "<html>Bad Gateway</html>")
        ),
        ("nothing", "", nil, KubernetesError.Refusal(httpStatus: 409, reason: "", message: "")),
    ])
    func refusalsAreReadFromAnyBody(
        name: String, body: String, header: String?, expected: KubernetesError.Refusal
    ) {
        let refusal = KubernetesError.Refusal(
            httpStatus: 409, body: ByteBuffer(string: body), retryAfter: header)
        #expect(refusal == expected, "\(name)")
    }

    @Test func longBodiesAreQuotedInPart() {
        let refusal = KubernetesError.Refusal(
            httpStatus: 500, body: ByteBuffer(repeating: UInt8(ascii: "x"), count: 9_000),
            retryAfter: nil)
        #expect(refusal.message == String(repeating: "x", count: 200))
    }

    @Test func answersThatAreNotJSONNameTheByte() throws {
        let error = #expect(throws: JSONParseError.self) {
            try JSONValue(parsing: #"{"items":[1,]}"#.utf8)
        }
        let cause = KubernetesError.Cause(answer: try #require(error))
        #expect(cause == .unreadable("a value is wanted at byte 12"))
    }

    @Test func decodingErrorsNameThePlace() throws {
        let body = #"{"metadata":{},"items":[{"metadata":{"name":7}}]}"#
        let found = #expect(throws: DecodingError.self) {
            try JSONValue(parsing: body.utf8).decoded(as: Page<Node>.self)
        }
        let text = KubernetesError.Cause.decodingText(try #require(found))
        #expect(text.hasPrefix(".items[0].metadata.name: "), "\(text)")
    }
}
