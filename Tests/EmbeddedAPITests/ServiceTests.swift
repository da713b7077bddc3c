import JSON
import Testing

@testable import EmbeddedAPI

/// Prepares a Service as a create or an update would, and gives it back with what is wrong.
func prepared(
    _ spec: JSONValue, old: JSONValue? = nil, others: [JSONValue] = [], status: JSONValue? = nil
) -> (service: JSONValue, causes: [String]) {
    var service: JSONValue = ["metadata": ["name": "web", "uid": "u1"], "spec": spec]
    service["status"] = status ?? old?["status"]
    var siblings: [ObjectKey: JSONValue] = [:]
    for (index, other) in others.enumerated() {
        let metadata: JSONValue = ["uid": .string("other\(index)")]
        siblings[ObjectKey(namespace: "x", name: "\(index)")] = [
            "metadata": metadata, "spec": other,
        ]
    }
    if let old { siblings[ObjectKey(namespace: "default", name: "web")] = old }
    var preparation = Preparation(
        old: old, siblings: siblings)
    Resource.services.prepare(&service, &preparation)
    return (service, preparation.causes.all.map { "\($0.field): \($0.message)" })
}

/// The spec of a valid Service, changed by a merge patch.
func spec(_ patch: String) throws -> JSONValue {
    let base: JSONValue = ["type": "LoadBalancer", "ports": [["port": 80]]]
    return base.mergePatched(with: try json(patch))
}

@Suite struct ServiceDefaultTests {
    static let rows: [(String, String, String)] = [
        (
            "type", #"{"type":null}"#,
            #"{"type":"ClusterIP","internalTrafficPolicy":"Cluster","sessionAffinity":"None"}"#
        ),
        (
            "load balancer", "{}",
            #"""
            {"allocateLoadBalancerNodePorts":true,"externalTrafficPolicy":"Cluster",\#
            "ipFamilies":["IPv4"],"ipFamilyPolicy":"SingleStack"}
            """#
        ),
        (
            "client IP", #"{"sessionAffinity":"ClientIP"}"#,
            #"{"sessionAffinityConfig":{"clientIP":{"timeoutSeconds":10800}}}"#
        ),
        ("prefer", #"{"ipFamilyPolicy":"PreferDualStack"}"#, #"{"ipFamilies":["IPv4","IPv6"]}"#),
        (
            "require, IPv6 first", #"{"ipFamilyPolicy":"RequireDualStack","ipFamilies":["IPv6"]}"#,
            #"{"ipFamilies":["IPv6","IPv4"]}"#
        ),
        (
            "IPv6 only", #"{"ipFamilies":["IPv6"]}"#,
            #"{"ipFamilies":["IPv6"],"ipFamilyPolicy":"SingleStack"}"#
        ),
        (
            "families follow addresses", #"{"clusterIP":"fd96::77"}"#,
            #"{"ipFamilies":["IPv6"],"clusterIPs":["fd96::77"],"clusterIP":"fd96::77"}"#
        ),
        (
            "headless", #"{"type":"ClusterIP","clusterIP":"None","selector":{"a":"b"}}"#,
            #"{"clusterIPs":["None"],"ipFamilies":["IPv4"],"ipFamilyPolicy":"SingleStack"}"#
        ),
        (
            "headless without selector", #"{"type":"ClusterIP","clusterIP":"None"}"#,
            #"{"ipFamilies":["IPv4","IPv6"],"ipFamilyPolicy":"RequireDualStack"}"#
        ),
        ("free text", #"{"loadBalancerIP":"whatever"}"#, #"{"loadBalancerIP":"whatever"}"#),
    ]

    @Test(arguments: rows) func defaults(name: String, patch: String, expected: String) throws {
        let (service, causes) = prepared(try spec(patch))
        #expect(causes == [], "\(name)")
        for (key, value) in try json(expected).object ?? [:] {
            #expect(service["spec"]?[key] == value, "\(name): \(key)")
        }
    }

    @Test func portsAreCompleted() throws {
        let ports =
            #"""
            {"ports":[{"port":80,"name":"a"},{"port":53,"protocol":"UDP","targetPort":"dns",\#
            "name":"b"},{"port":53,"name":"c"}]}
            """#
        let (service, causes) = prepared(try spec(ports))
        #expect(causes == [])
        let found = service["spec", "ports"]?.array ?? []
        #expect(found.map { $0["protocol"] } == ["TCP", "UDP", "TCP"])
        #expect(found.map { $0["targetPort"] } == [80, "dns", 53])
        let nodePorts = found.compactMap { $0["nodePort"]?.integer }
        #expect(nodePorts.allSatisfy(ServiceRanges.nodePorts.contains))
        #expect(Set(nodePorts).count == 3)
    }

    @Test func addressesComeFromTheRanges() throws {
        let (service, causes) = prepared(try spec(#"{"ipFamilyPolicy":"RequireDualStack"}"#))
        #expect(causes == [])
        let addresses = service["spec", "clusterIPs"]?.strings ?? []
        #expect(
            addresses.count == 2 && addresses[0].hasPrefix("10.96.")
                && addresses[1].hasPrefix("fd96::"))
        #expect(service["spec", "clusterIP"]?.string == addresses[0])
    }

    @Test func localPolicyGetsAHealthCheckPort() throws {
        let (service, _) = prepared(try spec(#"{"externalTrafficPolicy":"Local"}"#))
        let port = service["spec", "healthCheckNodePort"]?.integer ?? 0
        #expect(ServiceRanges.nodePorts.contains(port))
        #expect(service["spec", "ports"]?.array?.first?["nodePort"]?.integer != port)
    }

    @Test func noNodePortsWhenNotWanted() throws {
        let (service, _) = prepared(try spec(#"{"allocateLoadBalancerNodePorts":false}"#))
        #expect(service["spec", "ports"]?.array?.first?["nodePort"] == nil)
    }

    @Test func nothingIsGivenTwice() throws {
        var others: [JSONValue] = []
        for _ in 0..<300 {
            let (service, causes) = prepared(try spec("{}"), others: others)
            #expect(causes == [])
            others.append(service["spec"] ?? .null)
        }
        #expect(Set(others.compactMap { $0["clusterIP"] }).count == 300)
        #expect(
            Set(others.flatMap { $0["ports"]?.array ?? [] }.map { $0["nodePort"] }).count == 300)
    }

    @Test func fullRangesAreSaid() throws {
        let port: JSONValue = ["nodePort": 30_000, "port": 1]
        var taken = port
        taken["ports"] = .array(
            ServiceRanges.nodePorts.map { ["port": 1, "nodePort": JSONValue($0)] })
        let (_, causes) = prepared(try spec("{}"), others: [taken])
        #expect(causes == ["spec.ports: Invalid value: 80: range of node ports is full"])
    }
}

@Suite struct ServiceUpdateTests {
    /// The old spec's patch, the new spec's patch (of the same base), the only cause or nil.
    static let rows: [(String, String, String, String?)] = [
        (
            "address changed", #"{"clusterIP":"10.96.0.8"}"#, #"{"clusterIP":"10.96.0.9"}"#,
            #"spec.clusterIPs[0]: Invalid value: ["10.96.0.9"]: may not change once set"#
        ),
        (
            "address to headless", #"{"type":"ClusterIP","clusterIP":"10.96.0.8"}"#,
            #"{"type":"ClusterIP","clusterIP":"None"}"#,
            #"spec.clusterIPs[0]: Invalid value: ["None"]: may not change once set"#
        ),
        ("address left out", #"{"clusterIP":"10.96.0.8"}"#, "{}", nil),
        (
            "class changed", #"{"loadBalancerClass":"a/b"}"#, #"{"loadBalancerClass":"a/c"}"#,
            "spec.loadBalancerClass: Invalid value: \"a/c\": may not change once set"
        ),
        (
            "class set late", "{}", #"{"loadBalancerClass":"a/c"}"#,
            "spec.loadBalancerClass: Invalid value: \"a/c\": may not change once set"
        ),
        ("class set with the type", #"{"type":"ClusterIP"}"#, #"{"loadBalancerClass":"a/c"}"#, nil),
        ("family changed", #"{"ipFamilies":["IPv4"]}"#, #"{"ipFamilies":["IPv6"]}"#, "*"),
        ("one to two", "{}", #"{"ipFamilyPolicy":"PreferDualStack"}"#, nil),
        (
            "two to one", #"{"ipFamilyPolicy":"RequireDualStack"}"#,
            #"{"ipFamilyPolicy":"SingleStack"}"#, nil
        ),
        (
            "second released without policy",
            #"{"clusterIP":"10.96.0.8","ipFamilyPolicy":"RequireDualStack"}"#,
            #"{"clusterIP":"10.96.0.8","clusterIPs":["10.96.0.8"],"ipFamilies":["IPv4","IPv6"]}"#,
            """
            spec.ipFamilyPolicy: Invalid value: \"RequireDualStack\": must be 'SingleStack' to \
            release the secondary cluster IP
            """
        ),
        ("to ExternalName", "{}", #"{"type":"ExternalName","externalName":"a.b"}"#, nil),
        (
            "to ClusterIP", #"{"externalTrafficPolicy":"Local","loadBalancerClass":"a/b"}"#,
            #"{"type":"ClusterIP"}"#, nil
        ),
        (
            "health port changed",
            #"{"externalTrafficPolicy":"Local","healthCheckNodePort":30001}"#,
            #"{"externalTrafficPolicy":"Local","healthCheckNodePort":30002}"#,
            "spec.healthCheckNodePort: Invalid value: 30002: field is immutable"
        ),
    ]

    @Test(arguments: rows)
    func updates(name: String, before: String, after: String, cause: String?) throws {
        let old = prepared(try spec(before))
        #expect(old.causes == [], "\(name)")
        // A patch: what the old object has and the new one does not mention stays.
        let new = prepared(try spec(after), old: old.service)
        if cause == "*" {
            #expect(!new.causes.isEmpty, "\(name)")
        } else {
            #expect(new.causes == (cause.map { [$0] } ?? []), "\(name)")
        }
    }

    @Test func anUpdateKeepsWhatWasAllocated() throws {
        let old = prepared(
            try spec(#"{"ipFamilyPolicy":"PreferDualStack","externalTrafficPolicy":"Local"}"#)
        ).service
        let new = prepared(try spec(#"{"externalTrafficPolicy":"Local"}"#), old: old).service
        for field in [
            "clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "healthCheckNodePort",
            "ports",
        ] {
            #expect(new["spec"]?[field] == old["spec"]?[field], "\(field)")
        }
    }

    /// As `kubectl patch` does it: only the type changes, everything else is still there.
    @Test func aTypeChangeAloneCleansUp() throws {
        var old = prepared(
            try spec(
                #"""
                {"externalTrafficPolicy":"Local","loadBalancerClass":"a/b",\#
                "ipFamilyPolicy":"PreferDualStack"}
                """#
            )
        ).service
        old["status", "loadBalancer", "ingress"] = [["ip": "192.0.2.16"]]
        var patched = old["spec"] ?? .null
        patched["type"] = "ClusterIP"
        let (service, causes) = prepared(patched, old: old)
        #expect(causes == [])
        #expect(service["status", "loadBalancer"] == [:])
        for field in [
            "externalTrafficPolicy", "loadBalancerClass", "healthCheckNodePort",
            "allocateLoadBalancerNodePorts",
        ] {
            #expect(service["spec"]?[field] == nil, "\(field)")
        }
        #expect(service["spec", "ports"]?.array?.first?["nodePort"] == nil)
        #expect(service["spec", "clusterIPs"] == old["spec", "clusterIPs"])
        patched["type"] = "ExternalName"
        patched["externalName"] = "a.b"
        let external = prepared(patched, old: old)
        #expect(external.causes == [])
        #expect(external.service["spec", "clusterIP"] == nil)
        #expect(external.service["spec", "ipFamilies"] == nil)
    }

    @Test func downgradeKeepsTheFirstAddress() throws {
        let old = prepared(try spec(#"{"ipFamilyPolicy":"RequireDualStack"}"#)).service
        var patched = old["spec"] ?? .null
        patched["ipFamilyPolicy"] = "SingleStack"
        let (service, causes) = prepared(patched, old: old)
        #expect(causes == [])
        let kept = old["spec", "clusterIPs"]?.array?.first
        #expect(service["spec", "clusterIPs"]?.array == kept.map { [$0] })
        #expect(service["spec", "ipFamilies"] == ["IPv4"])
    }
}

@Suite struct ServiceStatusTests {
    static let rows: [(String, String, String?)] = [
        ("LoadBalancer", #"[{"ip":"192.0.2.1"},{"hostname":"a.b"}]"#, nil),
        (
            "ClusterIP", #"[{"ip":"192.0.2.1"}]"#,
            """
            status.loadBalancer.ingress: Forbidden: may only be used when `spec.type` is \
            'LoadBalancer'
            """
        ),
        (
            "LoadBalancer", #"[{"ip":"192.0.2"}]"#,
            """
            status.loadBalancer.ingress[0].ip: Invalid value: \"192.0.2\": must be a valid IP \
            address, (e.g. 10.9.8.7 or 2001:db8::ffff)
            """
        ),
        (
            "LoadBalancer", #"[{"ip":"192.0.2.1","ipMode":"X"}]"#,
            #"""
            status.loadBalancer.ingress[0].ipMode: Unsupported value: "X": supported values: \#
            "Proxy", "VIP"
            """#
        ),
        (
            "LoadBalancer", #"[{"hostname":"a.b","ipMode":"VIP"}]"#,
            """
            status.loadBalancer.ingress[0].ipMode: Forbidden: may not be specified when `ip` \
            is not set
            """
        ),
        (
            "LoadBalancer", #"[{"hostname":"192.0.2.1"}]"#,
            """
            status.loadBalancer.ingress[0].hostname: Invalid value: \"192.0.2.1\": must be a \
            DNS name, not an IP address
            """
        ),
        (
            "LoadBalancer", #"[{"hostname":"a_b"}]"#,
            """
            status.loadBalancer.ingress[0].hostname: Invalid value: \"a_b\": a lowercase RFC \
            1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and \
            must start and end with an alphanumeric character
            """
        ),
    ]

    @Test(arguments: rows) func ingress(type: String, ingress: String, cause: String?) throws {
        let old = prepared(try spec(#"{"type":"\#(type)"}"#)).service
        let status: JSONValue = ["loadBalancer": ["ingress": try json(ingress)]]
        let (service, causes) = prepared(old["spec"] ?? .null, old: old, status: status)
        #expect(causes == (cause.map { [$0] } ?? []))
        let entries = service["status", "loadBalancer", "ingress"]?.array ?? []
        for entry in entries where cause == nil {
            #expect(entry["ipMode"] == (entry["ip"] == nil ? nil : "VIP"))
        }
    }
}
