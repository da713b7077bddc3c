import Foundation
import HTTPServing
import JSON
import Laboratory
import Testing

@testable import EmbeddedAPI

private let services = "/api/v1/namespaces/default/services"
private let maps = "/api/v1/namespaces/default/configmaps"
private let leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases"
private let web = #"{"metadata":{"name":"web"},"spec":{"ports":[{"port":80}]}}"#

@Suite(.serialized) struct RefusalTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var method = "GET"
        let path: String
        var body: String?
        var headers: [HTTPField] = []
        let code: Int
        let says: String
    }

    static let reads = [
        Row(testDescription: "no such path", path: "/nothing", code: 404, says: "could not find"),
        Row(
            testDescription: "no such kind", path: "/api/v1/replicas", code: 404, says: "could"),
        Row(testDescription: "no such group", path: "/apis/a.b/v1/x", code: 404, says: "could not"),
        Row(
            testDescription: "no such version", path: "/api/v2/nodes", code: 404, says: "could"),
        Row(
            testDescription: "no such object", path: services + "/x", code: 404,
            says: #"services \"x\" not found"#),
        Row(
            testDescription: "qualified name", path: leases + "/x", code: 404,
            says: #"leases.coordination.k8s.io \"x\" not found"#),
        Row(
            testDescription: "no such subresource", path: maps + "/x/status", code: 404,
            says: "could"),
        Row(testDescription: "pods", path: "/api/v1/pods", code: 403, says: "has no pods"),
        Row(
            testDescription: "only protobuf accepted", path: services,
            headers: [HTTPField("accept", "application/vnd.kubernetes.protobuf")], code: 406,
            says: "application/json"),
        Row(testDescription: "limit", path: services + "?limit=x", code: 400, says: "limit"),
        Row(
            testDescription: "version", path: services + "?resourceVersion=-1", code: 400,
            says: "resourceVersion"),
        Row(
            testDescription: "future version", path: services + "?resourceVersion=999", code: 504,
            says: "Too large resource version: 999"),
        Row(
            testDescription: "labels", path: services + "?labelSelector=a%20b", code: 400,
            says: "unable to parse"),
        Row(
            testDescription: "fields", path: services + "?fieldSelector=spec.x=1", code: 400,
            says: "field label not supported: spec.x"),
        Row(
            testDescription: "continue", path: services + "?continue=x", code: 400,
            says: "continue key"),
        Row(
            testDescription: "streamed list", path: services + "?watch=1&sendInitialEvents=true",
            code: 422,
            says: "sendInitialEvents is not supported"),
        Row(
            testDescription: "method", method: "POST", path: services + "/x", body: "{}", code: 405,
            says: "POST is not supported"),
        Row(
            testDescription: "no writes to all", method: "PUT", path: services, body: "{}",
            code: 405,
            says: "PUT is not supported"),
    ]

    static let writes = [
        Row(
            testDescription: "no JSON", method: "POST", path: services, body: "{", code: 400,
            says: "byte 1"),
        Row(
            testDescription: "array", method: "POST", path: services, body: "[]", code: 400,
            says: "an object is wanted"),
        Row(
            testDescription: "wrong type", method: "POST", path: services,
            body: #"{"metadata":{"name":"a"},"spec":{"ports":[{"port":"80"}]}}"#, code: 400,
            says: "spec.ports[0].port: wants an integer, found a JSON string"),
        Row(
            testDescription: "fraction", method: "POST", path: services,
            body: #"{"metadata":{"name":"a"},"spec":{"ports":[{"port":80.5}]}}"#, code: 400,
            says: "found 80.5"),
        Row(
            testDescription: "other kind", method: "POST", path: services,
            body: #"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}}"#, code: 400,
            says: "this path wants v1 Service"),
        Row(
            testDescription: "other namespace", method: "POST", path: services,
            body: #"{"metadata":{"name":"a","namespace":"b"}}"#, code: 400,
            says: "does not match the namespace"),
        Row(
            testDescription: "no such namespace", method: "POST",
            path: "/api/v1/namespaces/x/services",
            body: web, code: 404, says: #"namespaces \"x\" not found"#),
        Row(
            testDescription: "no name", method: "POST", path: services, body: "{}", code: 422,
            says: "name or generateName is required"),
        Row(
            testDescription: "bad name", method: "POST", path: maps,
            body: #"{"metadata":{"name":"A"}}"#,
            code: 422, says: "metadata.name: Invalid value"),
        Row(
            testDescription: "bad label", method: "POST", path: maps,
            body: #"{"metadata":{"name":"a","labels":{"a b":"c"}}}"#, code: 422,
            says: "metadata.labels"),
        Row(
            testDescription: "bad annotation", method: "POST", path: maps,
            body: #"{"metadata":{"name":"a","annotations":{"":"c"}}}"#, code: 422,
            says: "metadata.annotations"),
        Row(
            testDescription: "finalizers", method: "POST", path: maps,
            body: #"{"metadata":{"name":"a","finalizers":["x/y"]}}"#, code: 422,
            says: "finalizers are not supported"),
        Row(
            testDescription: "version at creation", method: "POST", path: maps,
            body: #"{"metadata":{"name":"a","resourceVersion":"1"}}"#, code: 400,
            says: "resourceVersion should not be set"),
        Row(
            testDescription: "unknown field", method: "POST",
            path: maps + "?fieldValidation=Strict",
            body: #"{"metadata":{"name":"a"},"dota":{},"metadota":1}"#, code: 400,
            says: #"strict decoding error: unknown field \"dota\", unknown field \"metadota\""#),
        Row(
            testDescription: "duplicate field", method: "POST",
            path: maps + "?fieldValidation=Strict",
            body: #"{"metadata":{"name":"a"},"data":{"k":"1","k":"2"}}"#, code: 400,
            says: #"duplicate field \"data.k\""#),
        Row(
            testDescription: "field validation", method: "POST",
            path: maps + "?fieldValidation=Loose",
            body: "{}", code: 400, says: "fieldValidation"),
        Row(
            testDescription: "dry run", method: "POST", path: maps + "?dryRun=Some", body: "{}",
            code: 400, says: "dryRun"),
        Row(
            testDescription: "YAML", method: "POST", path: maps, body: "a: b",
            headers: [HTTPField("content-type", "application/yaml")], code: 415,
            says: "application/yaml"),
        Row(
            testDescription: "protobuf", method: "POST", path: maps, body: "k8s",
            headers: [HTTPField("content-type", "application/vnd.kubernetes.protobuf")], code: 415,
            says: "reads JSON only"),
        Row(
            testDescription: "server-side apply", method: "PATCH", path: maps + "/a", body: "a: b",
            headers: [HTTPField("content-type", "application/apply-patch+yaml")], code: 415,
            says: "server-side apply is not supported"),
        Row(
            testDescription: "patch without type", method: "PATCH", path: maps + "/a", body: "{}",
            code: 415, says: "merge-patch"),
        Row(
            testDescription: "patch of nothing", method: "PATCH", path: maps + "/a", body: "{}",
            headers: [HTTPField("content-type", "application/merge-patch+json")], code: 404,
            says: "not found"),
        Row(
            testDescription: "lease with five digits", method: "POST", path: leases,
            body: #"{"metadata":{"name":"a"},"spec":{"renewTime":"2026-01-02T03:04:05.12345Z"}}"#,
            code: 400,
            says: "spec.renewTime: wants a time like 2006-01-02T15:04:05.000000Z"),
        Row(
            testDescription: "lease of no seconds", method: "POST", path: leases,
            body: #"{"metadata":{"name":"a"},"spec":{"leaseDurationSeconds":0}}"#, code: 422,
            says: "must be greater than 0"),
        Row(
            testDescription: "secret without base64", method: "POST",
            path: "/api/v1/namespaces/default/secrets",
            body: #"{"metadata":{"name":"a"},"data":{"k":"?"}}"#, code: 400, says: "base64"),
        Row(
            testDescription: "slice without type", method: "POST",
            path: "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices",
            body: #"{"metadata":{"name":"a"},"endpoints":[]}"#, code: 422,
            says: "addressType: Required value"),
        Row(
            testDescription: "event elsewhere", method: "POST",
            path: "/api/v1/namespaces/default/events",
            body: #"{"metadata":{"name":"a"},"involvedObject":{"namespace":"b"}}"#, code: 422,
            says: "does not match event.namespace"),
        Row(
            testDescription: "permanent namespace", method: "DELETE",
            path: "/api/v1/namespaces/default",
            code: 403, says: "may not be deleted"),
    ]

    @Test(arguments: reads + writes) func refusalsAreStatusObjects(row: Row) async throws {
        try await withFolder { folder in
            let responder = try await FuzzTests.responder(folder)
            let type = row.body == nil ? [] : [HTTPField("content-type", "application/json")]
            let request = try HTTPRequest(
                method: row.method, target: row.path,
                headers: [HTTPField("authorization", "Bearer \(FuzzTests.token)")]
                    + (row.headers.isEmpty ? type : row.headers),
                body: Array((row.body ?? "").utf8))
            let response = await responder.respond(request)
            guard case .whole(let bytes) = response.body else {
                Issue.record("a stream instead of a Status")
                return
            }
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(response.status == row.code, "\(text)")
            #expect(text.contains(row.says), "\(text)")
            let status = try json(text)
            #expect(status["kind"] == "Status" && status["status"] == "Failure", "\(text)")
            #expect(status["code"]?.integer == Int64(row.code), "\(text)")
        }
    }

    @Test func onlyTheTokenOpens() async throws {
        try await Cluster.running { cluster in
            for path in ["/livez", "/readyz", "/healthz", "/version"] {
                #expect(try await cluster.request("GET", path, authorized: false).code == 200)
            }
            for headers in [[], ["Authorization: Bearer x"], ["Authorization: Basic eDp5"]] {
                for path in ["/api", "/apis", "/openapi/v3", services, "/nothing"] {
                    let (code, body) = try await cluster.request(
                        "GET", path, headers: headers, authorized: false)
                    #expect(code == 401 && body.contains("Unauthorized"), "\(path)")
                }
            }
        }
    }

    @Test func largeBodiesAreRefused() async throws {
        try await Cluster.running { cluster in
            let text = String(repeating: "x", count: (1 << 20) + 1)
            let (code, body) = try await cluster.request(
                "POST", maps, body: #"{"metadata":{"name":"a"},"data":{"k":"\#(text)"}}"#)
            #expect(code == 413)
            #expect(body.contains(#""kind":"Status""#) && body.contains("limit is 1048576"))
        }
    }

    @Test func patchesCannotGrowAnObjectWithoutBound() async throws {
        try await Cluster.running { cluster in
            let text = String(repeating: "x", count: 1_000_000)
            _ = try await cluster.request(
                "POST", maps, body: #"{"metadata":{"name":"a"},"data":{"k":"\#(text)"}}"#)
            let patch = #"[{"op":"copy","from":"/data/k","path":"/data/l"}]"#
            let (code, body) = try await cluster.request(
                "PATCH", maps + "/a", body: patch,
                headers: ["Content-Type: application/json-patch+json"])
            #expect(code == 413 && body.contains("limit is 1572864"), "\(body.prefix(300))")
        }
    }
}
