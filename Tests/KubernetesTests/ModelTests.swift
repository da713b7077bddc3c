import Foundation
import JSON
import Testing

@testable import Kubernetes

@Suite struct ModelTests {
    private static func decode<T: Decodable>(_ type: T.Type, _ text: String) throws -> T {
        try JSONValue(parsing: text.utf8).decoded(as: type)
    }

    /// What a real server sends, with fields that no model knows.
    private static let service = """
        {"apiVersion":"v1","kind":"Service","metadata":{"name":"web","namespace":"shop",
        "uid":"u-1","resourceVersion":"42","creationTimestamp":"2026-01-02T03:04:05Z",
        "labels":{"app":"web"},"annotations":{"herald.dev/pool":"public",
        "kubectl.kubernetes.io/last-applied-configuration":"{...}"},
        "finalizers":["service.kubernetes.io/load-balancer-cleanup"],
        "managedFields":[{"manager":"kubectl","fieldsV1":{"f:spec":{}}}]},
        "spec":{"type":"LoadBalancer","clusterIP":"10.96.0.7","clusterIPs":["10.96.0.7","fd96::7"],
        "ipFamilies":["IPv4","IPv6"],"ipFamilyPolicy":"PreferDualStack",
        "loadBalancerClass":"herald.dev/herald","externalTrafficPolicy":"Local",
        "healthCheckNodePort":30100,"internalTrafficPolicy":"Cluster","sessionAffinity":"None",
        "selector":{"app":"web"},"ports":[{"name":"http","protocol":"TCP","port":80,
        "targetPort":"http","nodePort":30080},{"protocol":"UDP","port":53,"targetPort":53}]},
        "status":{"conditions":[{"type":"other/Ready","status":"True","reason":"R","message":"m",
        "lastTransitionTime":"2026-01-02T03:04:06Z","observedGeneration":3}],
        "loadBalancer":{"ingress":[{"ip":"192.0.2.16","ipMode":"VIP"},{"hostname":"h.example"}]}}}
        """

    @Test func aServiceIsReadAsARealServerSendsIt() throws {
        let service = try Self.decode(Service.self, Self.service)
        #expect(service.namespacedName == NamespacedName(namespace: "shop", name: "web"))
        #expect(service.metadata.uid == "u-1")
        #expect(service.metadata.resourceVersion == "42")
        #expect(service.metadata.creationTimestamp == Time("2026-01-02T03:04:05Z"))
        #expect(service.metadata.annotations == ["herald.dev/pool": "public"])
        #expect(service.spec.type == "LoadBalancer")
        #expect(service.spec.clusterIPs == ["10.96.0.7", "fd96::7"])
        #expect(service.spec.ipFamilies == ["IPv4", "IPv6"])
        #expect(service.spec.ipFamilyPolicy == "PreferDualStack")
        #expect(service.spec.loadBalancerClass == "herald.dev/herald")
        #expect(service.spec.loadBalancerIP == "")
        #expect(service.spec.externalTrafficPolicy == "Local")
        #expect(service.spec.selector == ["app": "web"])
        #expect(
            service.spec.ports == [
                ServicePort(name: "http", port: 80, nodePort: 30_080),
                ServicePort(protocol: "UDP", port: 53),
            ])
        #expect(service.status.ingress.map(\.ip) == ["192.0.2.16", ""])
        #expect(service.status.ingress.map(\.hostname) == ["", "h.example"])
        #expect(service.status.ingress.map(\.ipMode) == ["VIP", ""])
        #expect(service.status.conditions.map(\.type) == ["other/Ready"])
    }

    /// Whatever an entry holds is written back as it was read; equal entries are equal however they
    /// came about.
    @Test(arguments: [
        #"{"ip":"192.0.2.16","ipMode":"VIP"}"#, #"{"ip":"192.0.2.16","ipMode":"Proxy"}"#,
        #"{"ip":"192.0.2.16"}"#, #"{"hostname":"h.example"}"#, #"{"ip":"","ipMode":""}"#,
        #"{"hostname":"h","ip":"192.0.2.16","ipMode":"VIP"}"#, #"{"ip":"192.0.2.16","new":[1]}"#,
        #"{"ip":"192.0.2.16","ipMode":"VIP","ports":[{"port":80,"protocol":"TCP"}]}"#, "{}",
        #"{"ip":null,"ipMode":"VIP"}"#,
    ])
    func anIngressEntryKeepsEveryField(text: String) throws {
        let value = try JSONValue(parsing: text.utf8)
        let entry: LoadBalancerIngress = try value.decoded()
        #expect(JSONValue.object(entry.fields) == value)
        #expect(entry.ip == value["ip"]?.string ?? "")
        #expect(entry.ipMode == value["ipMode"]?.string ?? "")
        let again: LoadBalancerIngress = try JSONValue(
            parsing: try JSONEncoder().encode(entry)
        ).decoded()
        #expect(again == entry)
        let usual = LoadBalancerIngress(ip: entry.ip, ipMode: entry.ipMode)
        #expect((usual == entry) == (usual.fields == entry.fields))
    }

    @Test(arguments: [
        #"{"metadata":{"name":"web"}}"#,
        #"{"metadata":{"name":"web","labels":null},"spec":{},"status":{"loadBalancer":{}}}"#,
        #"{"metadata":{"name":"web"},"spec":{"ports":null},"status":{"loadBalancer":null}}"#,
    ])
    func whatIsAbsentOrNullIsEmpty(text: String) throws {
        let service = try Self.decode(Service.self, text)
        #expect(service == Service(metadata: ObjectMeta(name: "web")))
    }

    @Test func aServiceComesBackAsItWasRead() throws {
        let service = try Self.decode(Service.self, Self.service)
        let encoded = try JSONEncoder().encode(Manifest(object: service))
        let value = try JSONValue(parsing: encoded)
        #expect(try value.decoded(as: Service.self) == service)
        #expect(value["apiVersion"] == "v1")
        #expect(value["kind"] == "Service")
    }

    @Test func manifestsLeaveOutWhatIsEmpty() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var service = Service(metadata: ObjectMeta(name: "web", namespace: "shop"))
        service.spec.ports = [ServicePort(port: 80)]
        let text = String(decoding: try encoder.encode(Manifest(object: service)), as: UTF8.self)
        #expect(
            text == """
                {"apiVersion":"v1","kind":"Service","metadata":{"name":"web","namespace":"shop"},\
                "spec":{"ports":[{"port":80,"protocol":"TCP"}]},"status":{"loadBalancer":{}}}
                """)
    }

    @Test func aNodeIsRead() throws {
        let node = try Self.decode(
            Node.self,
            """
            {"metadata":{"name":"n1","labels":{"rack":"a"}},"spec":{"unschedulable":true,
            "taints":[{}]},"status":{"capacity":{"cpu":"2"},"addresses":[
            {"type":"InternalIP","address":"192.0.2.1"},{"type":"Hostname","address":"n1"}],
            "conditions":[{"type":"Ready","status":"True",
            "lastHeartbeatTime":"2026-01-02T03:04:05Z","lastTransitionTime":"2026-01-02T03:04:05Z",
            "reason":"KubeletReady","message":"ok"},
            {"type":"NetworkUnavailable","status":"False"}]}}
            """)
        #expect(node.metadata.labels == ["rack": "a"])
        #expect(node.spec.unschedulable == true)
        #expect(node.status.addresses.map(\.address) == ["192.0.2.1", "n1"])
        #expect(node.status.conditions.map(\.status) == ["True", "False"])
    }

    @Test func anEndpointSliceIsRead() throws {
        let slice = try Self.decode(
            EndpointSlice.self,
            """
            {"metadata":{"name":"web-x","namespace":"shop","labels":{
            "kubernetes.io/service-name":"web"}},"addressType":"IPv4","endpoints":[
            {"addresses":["10.0.0.1"],"conditions":{"ready":true,"serving":true,
            "terminating":false},"nodeName":"n1","targetRef":{"kind":"Pod"}},
            {"addresses":["10.0.0.2"],"conditions":{}},{"addresses":["10.0.0.3"]}],
            "ports":[{"port":80}]}
            """)
        #expect(slice.service == NamespacedName(namespace: "shop", name: "web"))
        #expect(slice.endpoints.map(\.nodeName) == ["n1", "", ""])
        #expect(slice.endpoints.map(\.conditions.ready) == [true, nil, nil])
        let empty = try Self.decode(
            EndpointSlice.self,
            #"{"metadata":{"name":"x"},"addressType":"IPv6","endpoints":null,"ports":null}"#)
        #expect(empty.endpoints.isEmpty)
        #expect(empty.service == nil)
    }

    @Test func theOthersAreRead() throws {
        let secret = try Self.decode(
            Secret.self, #"{"metadata":{"name":"k"},"data":{"key":"aGVyYWxk"},"type":"Opaque"}"#)
        #expect(secret.data == ["key": Data("herald".utf8)])
        let config = try Self.decode(ConfigMap.self, #"{"metadata":{"name":"k"}}"#)
        #expect(config.data.isEmpty)
        let namespace = try Self.decode(
            Namespace.self, #"{"metadata":{"name":"shop","labels":{"a":"b"}},"status":{}}"#)
        #expect(namespace.metadata.labels == ["a": "b"])
        let lease = try Self.decode(
            Lease.self,
            """
            {"metadata":{"name":"l"},"spec":{"holderIdentity":"n1","leaseDurationSeconds":6,
            "renewTime":"2026-01-02T03:04:05.000001Z","strategy":"x"}}
            """)
        #expect(lease.spec.renewTime == MicroTime("2026-01-02T03:04:05.000001Z"))
        #expect(lease.spec.leaseTransitions == nil)
        let event = try Self.decode(
            Event.self,
            #"{"metadata":{"name":"e"},"involvedObject":{"kind":"Service"},"eventTime":null}"#)
        #expect(event.involvedObject.kind == "Service")
        #expect(event.count == 0)
    }

    @Test func pagesAndWatchLinesAreRead() throws {
        let page = try Self.decode(
            Page<Node>.self,
            """
            {"metadata":{"resourceVersion":"9","continue":"c"},"items":[{"metadata":{"name":"n"}}]}
            """
        )
        #expect(page.resourceVersion == "9")
        #expect(page.continuation == "c")
        #expect(page.items.map(\.metadata.name) == ["n"])
        let last = try Self.decode(Page<Node>.self, #"{"metadata":{},"items":null}"#)
        #expect(last.items.isEmpty && last.continuation.isEmpty)
        #expect(throws: DecodingError.self) {
            try Self.decode(WatchEvent<Node>.self, #"{"type":"MOVED","object":{}}"#)
        }
        let bookmark = try Self.decode(
            WatchEvent<Node>.self,
            #"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"7"}}}"#)
        guard case .bookmark("7") = bookmark else {
            Issue.record("\(bookmark)")
            return
        }
    }

    /// A server may nest what it likes; 400 levels are read, and what is too deep is refused.
    @Test func deepJSONIsReadOrRefused() async throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        _ = try Self.decode(JSONValue.self, nested(400))
        #expect(throws: JSONParseError.self) { try Self.decode(JSONValue.self, nested(100_000)) }
    }

    @Test(arguments: [
        "null", "true", "1", "-9223372036854775808", "1.5", #""a""#, #"[1,"a",null,[]]"#,
        #"{"a":{"b":[{}]}}"#,
    ])
    func anyJSONComesBack(text: String) throws {
        let value = try Self.decode(JSONValue.self, text)
        let encoded = String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
        #expect(encoded == text)
    }
}
