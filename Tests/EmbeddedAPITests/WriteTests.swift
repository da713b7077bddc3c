import Foundation
import HTTPServing
import JSON
import Laboratory
import Testing
import Timing

@testable import EmbeddedAPI

private let services = "/api/v1/namespaces/default/services"
private let maps = "/api/v1/namespaces/default/configmaps"
private let leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases"
private let web =
    #"{"metadata":{"name":"web"},"spec":{"type":"LoadBalancer","ports":[{"port":80}]}}"#

@Suite(.serialized) struct WriteTests {
    @Test func unknownFieldsAreDroppedWithAWarning() async throws {
        try await Cluster.running { cluster in
            let body = #"{"metadata":{"name":"a"},"dota":{"k":"v"}}"#
            let url = maps + "?fieldValidation=Warn"
            let token = try cluster.token
            let answer = try await curl([
                "-i", "--cacert", cluster.folder + "/api-ca.crt", "-H",
                "Authorization: Bearer \(token)",
                "-H", "Content-Type: application/json", "-d", body,
                "https://127.0.0.1:\(cluster.server.port)\(url)",
            ])
            #expect(answer.contains(#"warning: 299 - "unknown field \"dota\"""#))
            #expect(!answer.contains(#""dota":"#))
            let ignored = try await cluster.request(
                "POST", maps + "?fieldValidation=Ignore",
                body: body.replacing(#""a""#, with: #""b""#))
            #expect(ignored.code == 201 && !ignored.body.contains("dota"))
        }
    }

    /// A client's own words come back in a header: they must not end it.
    @Test func warningsCannotBreakOutOfTheirHeader() async throws {
        try await withFolder { folder in
            let responder = try await FuzzTests.responder(folder)
            let fields = (0..<100).map { #""x\#($0)\r\nSet-Cookie: é\"":1"# }
            let response = await responder.respond(
                try HTTPRequest(
                    method: "POST", target: maps, headers: FuzzTests.headers("application/json"),
                    body: Array(
                        #"{"metadata":{"name":"a"},\#(fields.joined(separator: ","))}"#.utf8)))
            #expect(response.status == 201)
            let warnings = response.headers.filter { $0.name == "warning" }
            #expect(warnings.count == Written.warningsMax)
            #expect(
                warnings.first?.value
                    == #"299 - "unknown field \"x0??Set-Cookie: ??\"\"""#)
        }
    }

    @Test func creationFillsInMetadata() async throws {
        try await Cluster.running { cluster in
            let (code, text) = try await cluster.request(
                "POST", maps,
                body:
                    #"""
                    {"metadata":{"generateName":"a-","uid":"mine",\#
                    "creationTimestamp":"2000-01-01T00:00:00Z","managedFields":[{}],\#
                    "generation":7}}
                    """#
            )
            let object = try json(text)
            #expect(code == 201)
            let name = object["metadata", "name"]?.string ?? ""
            #expect(name.wholeMatch(of: /a-[bcdfghjklmnpqrstvwxz2456789]{5}/) != nil)
            #expect(object["metadata", "uid"]?.string.flatMap(UUID.init(uuidString:)) != nil)
            let created = object["metadata", "creationTimestamp"]?.string.flatMap { WallTime($0) }
            #expect(try #require(created) > WallTime(microseconds: 1_700_000_000_000_000))
            #expect(
                object["metadata", "managedFields"] == nil
                    && object["metadata", "generation"] == nil)
            #expect(object["kind"] == "ConfigMap" && object["apiVersion"] == "v1")
        }
    }

    @Test func theStatusSubresourceLeavesSpecAloneAndCarriesMetadata() async throws {
        try await Cluster.running { cluster in
            _ = try await cluster.request("POST", services, body: web)
            let patch =
                #"""
                {"metadata":{"annotations":{"herald.dev/allocated-from":"public"}},\#
                "spec":{"selector":{"a":"b"}},\#
                "status":{"loadBalancer":{"ingress":[{"ip":"192.0.2.16"}]},\#
                "conditions":[{"type":"herald.dev/Allocated","status":"True",\#
                "reason":"Allocated","message":"m",\#
                "lastTransitionTime":"2026-01-02T03:04:05Z"}]}}
                """#
            let (code, text) = try await cluster.request(
                "PATCH", services + "/web/status", body: patch,
                headers: ["Content-Type: application/strategic-merge-patch+json"])
            let service = try json(text)
            #expect(code == 200)
            #expect(service["spec", "selector"] == nil)
            #expect(service["metadata", "annotations"] == ["herald.dev/allocated-from": "public"])
            #expect(
                service["status", "loadBalancer", "ingress"] == [
                    ["ip": "192.0.2.16", "ipMode": "VIP"]
                ])
            #expect(service["status", "conditions"]?.array?.first?["reason"] == "Allocated")
            // And the other way round: a write of the object leaves its status alone.
            var changed = service
            changed["status"] = nil
            changed["spec", "selector"] = ["a": "b"]
            let put = try await cluster.request(
                "PUT", services + "/web", body: String(decoding: changed.serialized, as: UTF8.self))
            #expect(try json(put.body)["status"] == service["status"])
            let typed = try await cluster.request(
                "PATCH", services + "/web", body: #"{"spec":{"type":"ClusterIP"}}"#,
                headers: ["Content-Type: application/merge-patch+json"])
            #expect(try json(typed.body)["status", "loadBalancer"] == [:])
        }
    }

    @Test func staleWritesAreConflicts() async throws {
        try await Cluster.running { cluster in
            let created = try json(
                try await cluster.request("POST", maps, body: #"{"metadata":{"name":"a"}}"#).body)
            let version = created["metadata", "resourceVersion"]?.string ?? ""
            let merge = ["Content-Type: application/merge-patch+json"]
            let first = try await cluster.request(
                "PATCH", maps + "/a",
                body: #"{"metadata":{"resourceVersion":"\#(version)"},"data":{"k":"1"}}"#,
                headers: merge)
            #expect(first.code == 200)
            for (method, body, headers) in [
                (
                    "PATCH", #"{"metadata":{"resourceVersion":"\#(version)"},"data":{"k":"2"}}"#,
                    merge
                ),
                ("PUT", #"{"metadata":{"name":"a","resourceVersion":"\#(version)"}}"#, []),
                ("PUT", #"{"metadata":{"name":"a","uid":"other"}}"#, []),
                ("DELETE", #"{"preconditions":{"resourceVersion":"\#(version)"}}"#, []),
                ("DELETE", #"{"preconditions":{"uid":"other"}}"#, []),
            ] {
                let (code, text) = try await cluster.request(
                    method, maps + "/a", body: body, headers: headers)
                #expect(
                    code == 409 && text.contains(#""reason":"Conflict""#),
                    "\(method) \(body): \(text)")
            }
            let lease = try await cluster.request(
                "POST", leases, body: #"{"metadata":{"name":"l"}}"#)
            #expect(lease.code == 201)
            let blind = try await cluster.request(
                "PUT", leases + "/l", body: #"{"metadata":{"name":"l"}}"#)
            #expect(blind.code == 422 && blind.body.contains("must be specified for an update"))
        }
    }

    @Test func writingTheSameAgainIsNoChange() async throws {
        try await Cluster.running { cluster in
            let first = try await cluster.request("POST", services, body: web)
            let again = try await cluster.request("PUT", services + "/web", body: web)
            #expect(try json(again.body) == json(first.body))
            let twice = try await cluster.request("POST", services, body: web)
            #expect(twice.code == 409 && twice.body.contains("AlreadyExists"))
        }
    }

    @Test func eventsExpire() async throws {
        try await withFolder { folder in
            let responder = try await FuzzTests.responder(folder)
            let store = responder.store
            func event(_ name: String, _ age: Int64, _ lastAge: Int64?) -> JSONValue {
                func ago(_ seconds: Int64) -> JSONValue {
                    let now = WallTime.now.microseconds
                    return .string(WallTime(microseconds: now - seconds * 1_000_000).text())
                }
                var event: JSONValue = [
                    "metadata": ["name": .string(name), "creationTimestamp": ago(age)]
                ]
                event["lastTimestamp"] = lastAge.map(ago)
                return event
            }
            let old = [event("old", 4_000, nil), event("active", 4_000, 60), event("new", 60, nil)]
            try await store.write { transaction in
                for object in old {
                    let name = object["metadata", "name"]?.string ?? ""
                    _ = transaction.put("events", StoreTests.key(name), object)
                }
            }
            let created = await responder.respond(
                try HTTPRequest(
                    method: "POST", target: "/api/v1/namespaces/default/events",
                    headers: FuzzTests.headers("application/json"),
                    body: Array(
                        #"{"metadata":{"name":"x"},"involvedObject":{"namespace":"default"}}"#.utf8)
                ))
            #expect(created.status == 201)
            let left = try await store.objects.list("events").map(\.key.name)
            #expect(left == ["active", "new", "x"])
        }
    }

    @Test func secretsAreEncoded() async throws {
        try await Cluster.running { cluster in
            let (_, text) = try await cluster.request(
                "POST", "/api/v1/namespaces/default/secrets",
                body: #"{"metadata":{"name":"a"},"data":{"k":"djE="},"stringData":{"l":"v2"}}"#)
            let secret = try json(text)
            #expect(secret["data"] == ["k": "djE=", "l": "djI="] && secret["stringData"] == nil)
            #expect(secret["type"] == "Opaque")
        }
    }
}

/// curl's output, headers and all.
func curl(_ arguments: [String]) async throws -> String {
    try await Command.runAside("curl", ["-sS"] + arguments).output
}
