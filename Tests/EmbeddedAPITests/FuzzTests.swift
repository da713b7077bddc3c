import HTTPServing
import JSON
import Laboratory
import Logging
import Testing

@testable import EmbeddedAPI

/// Whatever comes in, the server answers, does not crash, and goes on serving.
@Suite struct FuzzTests {
    static let token = "token"
    static let seeds = [
        #"""
        {"apiVersion":"v1","kind":"Service","metadata":{"name":"web","labels":{"a":"b"},\#
        "annotations":{"k":"v"}},"spec":{"type":"LoadBalancer","clusterIP":"10.96.0.9",\#
        "clusterIPs":["10.96.0.9"],"ports":[{"name":"http","port":80,"targetPort":"x",\#
        "nodePort":30001}],"ipFamilies":["IPv4","IPv6"],"ipFamilyPolicy":"PreferDualStack",\#
        "externalTrafficPolicy":"Local","selector":{"a":"b"}},\#
        "status":{"loadBalancer":{"ingress":[{"ip":"192.0.2.1"}]},"conditions":[{"type":"a",\#
        "status":"True"}]}}
        """#,
        #"""
        {"metadata":{"name":"web"},"addressType":"IPv4",\#
        "endpoints":[{"addresses":["10.0.0.1"],"conditions":{"ready":true}}],\#
        "ports":[{"port":80}]}
        """#,
        #"""
        {"metadata":{"name":"web"},"spec":{"holderIdentity":"n1",\#
        "renewTime":"2026-01-02T03:04:05.000006Z","leaseDurationSeconds":6}}
        """#,
        #"""
        {"metadata":{"name":"web"},"involvedObject":{"kind":"Service","namespace":"default"},\#
        "count":1,"eventTime":"2026-01-02T03:04:05.000006Z"}
        """#,
        #"{"metadata":{"name":"web"},"data":{"a":"djE="},"stringData":{"b":"c"}}"#,
        #"""
        {"spec":{"$setElementOrder/ports":[{"port":80}],"ports":[{"port":80,\#
        "$patch":"delete"}],"$retainKeys":["ports"]}}
        """#,
        #"""
        [{"op":"add","path":"/metadata/labels/x","value":"y"},{"op":"copy","from":"/spec",\#
        "path":"/status"}]
        """#,
        #"{"preconditions":{"uid":"x"},"dryRun":["All"]}"#,
    ]
    static let paths = [
        "/api/v1/namespaces/default/services", "/api/v1/namespaces", "/api/v1/nodes",
        "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices",
        "/apis/coordination.k8s.io/v1/namespaces/default/leases",
        "/api/v1/namespaces/default/events", "/api/v1/namespaces/default/configmaps",
        "/api/v1/namespaces/default/secrets",
    ]
    static let queries = [
        "", "?fieldValidation=Strict", "?dryRun=All", "?labelSelector=a%20in%20(b",
        "?fieldSelector=metadata.name=web", "?limit=1&continue=MS8v", "?resourceVersion=1",
    ]
    static let types = [
        "application/json", "application/merge-patch+json",
        "application/strategic-merge-patch+json",
        "application/json-patch+json",
    ]

    @Test func mutatedDocumentsToEveryVerb() async throws {
        try await withFolder { folder in
            let responder = try await Self.responder(folder)
            var random = SplitMix64(seed: 42)
            var codes: [Int: Int] = [:]
            for _ in 0..<4_000 {
                let request = try Self.request(&random)
                let response = await responder.respond(request)
                codes[response.status, default: 0] += 1
                #expect(response.status != 500, "\(request)")
                if case .whole(let bytes) = response.body {
                    var parser = JSONParser(bytes)
                    #expect(throws: Never.self) { try parser.parse() }
                }
            }
            // The mutants reach every layer: some are accepted, some refused at each stage.
            for code in [200, 201, 400, 404, 409, 415, 422] {
                #expect(codes[code, default: 0] > 0, "no answer with \(code): \(codes)")
            }
            let alive = try HTTPRequest(
                method: "GET", target: Self.paths[0], headers: Self.headers("application/json"))
            #expect(await responder.respond(alive).status == 200)
        }
    }

    static func responder(_ folder: String) async throws -> APIResponder {
        let store = try ObjectStore(path: folder + "/api.sqlite")
        try await store.write { transaction in
            let key = ObjectKey(namespace: "", name: "default")
            _ = transaction.put("namespaces", key, ["metadata": ["name": "default"]])
        }
        return APIResponder(
            store: store, token: token, logger: Logger(label: "t") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    static func headers(_ type: String) -> [HTTPField] {
        [HTTPField("authorization", "Bearer \(token)"), HTTPField("content-type", type)]
    }

    static func request(_ random: inout SplitMix64) throws -> HTTPRequest {
        let method = ["GET", "POST", "PUT", "PATCH", "DELETE"].randomElement(using: &random) ?? ""
        let collection = paths.randomElement(using: &random) ?? ""
        let suffix = ["", "/web", "/web/status", "/other"].randomElement(using: &random) ?? ""
        let path = collection + (method == "POST" ? "" : suffix)
        let query = queries.randomElement(using: &random) ?? ""
        let type = types.randomElement(using: &random) ?? ""
        return try HTTPRequest(
            method: method, target: path + query, headers: headers(type), body: body(&random))
    }

    static func body(_ random: inout SplitMix64) -> [UInt8] {
        if Int.random(in: 0..<10, using: &random) == 0 {
            return (0..<Int.random(in: 0..<64, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
        }
        let seed = seeds.randomElement(using: &random) ?? ""
        guard Int.random(in: 0..<4, using: &random) > 0 else { return Array(seed.utf8) }
        if Bool.random(using: &random), var value = try? json(seed) {
            for _ in 0..<Int.random(in: 1...3, using: &random) { mutate(&value, &random) }
            return value.serialized
        }
        var bytes = Array(seed.utf8)
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
                in: 32...126, using: &random)
        }
        return bytes
    }

    static let strange: [JSONValue] = [
        .null, true, -1, 0, 65_536, .number("1e400"), .number("9223372036854775808"), "", "None",
        "::", "\u{0}", "é", [], [.null], [[]], [:], ["$patch": "replace"], ["a": ["b": [:]]],
    ]

    /// Puts something strange somewhere into a document.
    static func mutate(_ value: inout JSONValue, _ random: inout SplitMix64) {
        switch value {
        case .object(var members):
            guard let key = members.keys.sorted().randomElement(using: &random),
                var member = members[key], Int.random(in: 0..<5, using: &random) > 0
            else { break }
            mutate(&member, &random)
            members[key] = member
            value = .object(members)
            return
        case .array(var items):
            guard !items.isEmpty, Int.random(in: 0..<5, using: &random) > 0 else { break }
            mutate(&items[Int.random(in: 0..<items.count, using: &random)], &random)
            value = .array(items)
            return
        case .null, .boolean, .number, .string: break
        }
        value = strange.randomElement(using: &random) ?? .null
    }
}
