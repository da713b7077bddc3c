import Foundation
import Laboratory
import Testing

/// Real kubectl, unmodified, is the judge of what the server says.
@Suite(.serialized) struct KubectlTests {
    static let web = """
        apiVersion: v1
        kind: Service
        metadata:
          name: web
          labels: {app: web}
        spec:
          type: LoadBalancer
          selector: {app: web}
          ports:
          - {name: http, port: 80, targetPort: 8080, nodePort: 30080}

        """

    @Test func applyCreatesChangesAndLeavesAlone() async throws {
        try await Cluster.running { cluster in
            let created = try await cluster.output("apply -f -", input: Self.web)
            #expect(created == "service/web created\n")
            let unchanged = try await cluster.output("apply -f -", input: Self.web)
            #expect(unchanged == "service/web unchanged\n")
            let more = Self.web.replacing("port: 80,", with: "port: 81,")
            let configured = try await cluster.output("apply -f -", input: more)
            #expect(configured == "service/web configured\n")
            let ports = try await cluster.output("get svc web -o jsonpath={.spec.ports[*].port}")
            #expect(ports == "81")
            let diff = try await cluster.kubectl("diff -f -", input: more)
            #expect(diff.succeeded, "no difference is left: \(diff.output)\(diff.errorOutput)")
        }
    }

    @Test func applyRefusesUnknownFields() async throws {
        try await Cluster.running { cluster in
            let wrong = Self.web.replacing("selector:", with: "selektor:")
            let command = try await cluster.kubectl("apply -f -", input: wrong)
            #expect(!command.succeeded)
            #expect(
                command.errorOutput.contains(
                    "strict decoding error: unknown field \"spec.selektor\""))
            let warned = try await cluster.kubectl("apply --validate=warn -f -", input: wrong)
            #expect(warned.succeeded)
            #expect(warned.errorOutput.contains("Warning: unknown field \"spec.selektor\""))
        }
    }

    @Test func getShowsTheRealServersColumns() async throws {
        try await Cluster.running { cluster in
            _ = try await cluster.output("create -f -", input: Self.web)
            _ = try await cluster.output("create -f -", input: Self.others)
            _ = try await cluster.output([
                "patch", "svc", "web", "--subresource=status", "--type=merge", "-p",
                #"{"status":{"loadBalancer":{"ingress":[{"ip":"192.0.2.16"}]}}}"#,
            ])
            let clusterIP = try await cluster.output("get svc web -o jsonpath={.spec.clusterIP}")
            let services = try await cluster.columns("get svc -o wide")
            #expect(
                services == """
                    NAME|TYPE|CLUSTER-IP|EXTERNAL-IP|PORT(S)|AGE|SELECTOR
                    web|LoadBalancer|\(clusterIP)|192.0.2.16|80:30080/TCP|0s|app=web
                    """)
            let everywhere = try await cluster.columns("get svc -A")
            #expect(everywhere.hasPrefix("NAMESPACE|NAME|TYPE|CLUSTER-IP|EXTERNAL-IP|PORT(S)|AGE"))
            for (line, expected) in Self.tables {
                let shown = try await cluster.columns(line)
                #expect(shown == expected, "\(line)")
            }
        }
    }

    static let others = """
        apiVersion: v1
        kind: Node
        metadata: {name: n1, labels: {node-role.kubernetes.io/control-plane: ""}}
        status:
          conditions: [{type: Ready, status: "True"}]
          addresses: [{type: InternalIP, address: 192.0.2.1}, {type: Hostname, address: n1}]
          nodeInfo:
            kubeletVersion: v1.32.0
            osImage: Debian 12
            kernelVersion: "6.1"
            containerRuntimeVersion: none
            machineID: ""
            systemUUID: ""
            bootID: ""
            kubeProxyVersion: ""
            operatingSystem: linux
            architecture: amd64
        ---
        apiVersion: coordination.k8s.io/v1
        kind: Lease
        metadata: {name: herald-allocator, namespace: herald-system}
        spec: {holderIdentity: n1, renewTime: "2026-01-02T03:04:05.000006Z"}
        ---
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata: {name: web-1, namespace: default, labels: {kubernetes.io/service-name: web}}
        addressType: IPv4
        ports: [{name: http, port: 8080, protocol: TCP}]
        endpoints:
        - addresses: [10.0.0.1]
        - addresses: [10.0.0.2]
        - addresses: [10.0.0.3]
        - addresses: [10.0.0.4]
        ---
        apiVersion: v1
        kind: Event
        metadata: {name: web.1, namespace: default}
        involvedObject: {kind: Service, name: web, namespace: default, apiVersion: v1}
        reason: AddressAllocated
        message: "192.0.2.16 from pool public"
        type: Normal
        count: 2
        source: {component: heraldd, host: n1}
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: settings, namespace: default}
        data: {a: "1", b: "2"}
        ---
        apiVersion: v1
        kind: Secret
        metadata: {name: key, namespace: default}
        stringData: {token: secret}

        """

    static let tables = [
        (
            "get nodes -o wide",
            """
            NAME|STATUS|ROLES|AGE|VERSION|INTERNAL-IP|EXTERNAL-IP|OS-IMAGE|KERNEL-VERSION|\
            CONTAINER-RUNTIME
            n1|Ready|control-plane|0s|v1.32.0|192.0.2.1|<none>|Debian 12|6.1|none
            """
        ),
        ("get leases -n herald-system", "NAME|HOLDER|AGE\nherald-allocator|n1|0s"),
        (
            "get endpointslices",
            """
            NAME|ADDRESSTYPE|PORTS|ENDPOINTS|AGE
            web-1|IPv4|8080|10.0.0.1,10.0.0.2,10.0.0.3 + 1 more...|0s
            """
        ),
        (
            "get events -o wide",
            """
            LAST SEEN|TYPE|REASON|OBJECT|SUBOBJECT|SOURCE|MESSAGE|FIRST SEEN|COUNT|NAME
            <unknown>|Normal|AddressAllocated|service/web||heraldd, n1|\
            192.0.2.16 from pool public|<unknown>|2|web.1
            """
        ),
        ("get configmaps", "NAME|DATA|AGE\nsettings|2|0s"),
        ("get secrets", "NAME|TYPE|DATA|AGE\nkey|Opaque|1|0s"),
        (
            "get namespaces",
            "NAME|STATUS|AGE\ndefault|Active|0s\nherald-system|Active|0s\nkube-system|Active|0s"
        ),
    ]

    @Test func getYAMLIsTheWholeObject() async throws {
        try await Cluster.running { cluster in
            _ = try await cluster.output("create -f -", input: Self.web)
            let yaml = try await cluster.output("get svc web -o yaml")
            for line in [
                "apiVersion: v1", "kind: Service", "  creationTimestamp: \"20",
                "  resourceVersion: \"", "  uid: ", "  allocateLoadBalancerNodePorts: true",
                "  clusterIP: 10.96.", "  clusterIPs:", "  externalTrafficPolicy: Cluster",
                "  internalTrafficPolicy: Cluster", "  ipFamilies:\n  - IPv4",
                "  ipFamilyPolicy: SingleStack", "    nodePort: 30080", "    protocol: TCP",
                "  sessionAffinity: None", "status:\n  loadBalancer: {}",
            ] {
                #expect(yaml.contains(line), "\(line) is missing in\n\(yaml)")
            }
            let missing = try await cluster.kubectl("get svc none")
            #expect(
                missing.errorOutput == "Error from server (NotFound): services \"none\" not found\n"
            )
        }
    }

    @Test func describeShowsEvents() async throws {
        try await Cluster.running { cluster in
            _ = try await cluster.output("create -f -", input: Self.web)
            let uid = try await cluster.output("get svc web -o jsonpath={.metadata.uid}")
            let others = Self.others.replacing("apiVersion: v1}", with: "uid: \(uid)}")
            _ = try await cluster.output("create -f -", input: others)
            let service = try await cluster.output("describe svc web")
            for part in [
                "Name:                     web", "Type:                     LoadBalancer",
                "IP Family Policy:         SingleStack", "AddressAllocated", "heraldd",
                "192.0.2.16 from pool public", "NodePort:                 http  30080/TCP",
                "Endpoints:                10.0.0.1:8080,10.0.0.2:8080,10.0.0.3:8080 + 1 more...",
            ] {
                #expect(service.contains(part), "\(part) is missing in\n\(service)")
            }
            let node = try await cluster.output("describe node n1")
            #expect(node.contains("Name:               n1"))
            #expect(node.contains("InternalIP:  192.0.2.1"))
            for line in [
                "describe ns default", "describe cm settings", "describe secret key",
                "describe lease herald-allocator -n herald-system", "describe endpointslice web-1",
                "describe event web.1",
            ] {
                let text = try await cluster.output(line)
                #expect(text.hasPrefix("Name:"), "\(line): \(text)")
            }
        }
    }

    @Test func patchesOfAllThreeKinds() async throws {
        try await Cluster.running { cluster in
            _ = try await cluster.output("create -f -", input: Self.web)
            for (type, patch) in [
                ("strategic", #"{"spec":{"ports":[{"name":"tls","port":443}]}}"#),
                ("merge", #"{"metadata":{"labels":{"tier":"front","app":null}}}"#),
                ("json", #"[{"op":"replace","path":"/spec/selector/app","value":"other"}]"#),
            ] {
                let said = try await cluster.output([
                    "patch", "svc", "web", "--type", type, "-p", patch,
                ])
                #expect(said == "service/web patched\n", "\(type)")
            }
            let same = try await cluster.output([
                "patch", "svc", "web", "--type", "merge", "-p",
                #"{"metadata":{"labels":{"tier":"front"}}}"#,
            ])
            #expect(same == "service/web patched (no change)\n")
            let found = try await cluster.output(
                "get svc web -o jsonpath={.spec.ports[*].port}/{.metadata.labels}")
            // Without an order of its own a patch's new elements come first, as on the real server.
            #expect(found == #"443 80/{"tier":"front"}"#)
            let selector = try await cluster.output("get svc web -o jsonpath={.spec.selector.app}")
            #expect(selector == "other")
        }
    }

    @Test func annotatesLabelsAndDeletes() async throws {
        try await Cluster.running { cluster in
            _ = try await cluster.output("create -f -", input: Self.web)
            _ = try await cluster.output("annotate svc web herald.dev/pool=public")
            _ = try await cluster.output("label svc web tier=front")
            _ = try await cluster.output("label svc web app-")
            let found = try await cluster.output("get svc -l tier=front,!app -o name")
            #expect(found == "service/web\n")
            let annotation = try await cluster.output(
                #"get svc web -o jsonpath={.metadata.annotations.herald\.dev/pool}"#)
            #expect(annotation == "public")
            let deleted = try await cluster.output("delete svc web")
            #expect(deleted == "service \"web\" deleted\n")
            let again = try await cluster.kubectl("delete svc web")
            #expect(!again.succeeded && again.errorOutput.contains("NotFound"))
        }
    }

    @Test func deletingANamespaceDeletesItsContent() async throws {
        try await Cluster.running { cluster in
            _ = try await cluster.output("create -f -", input: Self.shop)
            _ = try await cluster.output("create -n shop -f -", input: Self.web)
            let deleted = try await cluster.output("delete ns shop")
            #expect(deleted == "namespace \"shop\" deleted\n")
            let left = try await cluster.output("get svc,cm -A -o name")
            #expect(left == "")
            let refused = try await cluster.kubectl("create -n shop -f -", input: Self.web)
            #expect(refused.errorOutput.contains("namespaces \"shop\" not found"))
            let permanent = try await cluster.kubectl("delete ns default")
            #expect(permanent.errorOutput.contains("this namespace may not be deleted"))
        }
    }

    static let shop = """
        apiVersion: v1
        kind: Namespace
        metadata: {name: shop}
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: settings, namespace: shop}
        data: {a: b}

        """

    @Test func waitsForAnAddress() async throws {
        try await Cluster.running { cluster in
            _ = try await cluster.output("create -f -", input: Self.web)
            let waiting = try cluster.start(
                "wait svc/web --for=jsonpath={.status.loadBalancer.ingress[0].ip}=192.0.2.16")
            _ = try await cluster.output([
                "patch", "svc", "web", "--subresource=status", "-p",
                #"{"status":{"loadBalancer":{"ingress":[{"ip":"192.0.2.16"}]}}}"#,
            ])
            let waited = try await offPool { try waiting.wait(timeout: .seconds(20)) }
            #expect(waited.output == "service/web condition met\n", "\(waited.errorOutput)")
        }
    }

    @Test func watchesAsTables() async throws {
        try await Cluster.running { cluster in
            let watching = try cluster.start("get svc -w")
            defer { watching.signal(SIGKILL) }
            _ = try await cluster.output("create -f -", input: Self.web)
            #expect(try await eventually { watching.outputSoFar.contains("<pending>") })
            _ = try await cluster.output([
                "patch", "svc", "web", "--subresource=status", "-p",
                #"{"status":{"loadBalancer":{"ingress":[{"ip":"192.0.2.16"}]}}}"#,
            ])
            #expect(try await eventually { watching.outputSoFar.contains("192.0.2.16") })
            let header = watching.outputSoFar.split(separator: "\n").first ?? ""
            #expect(header.split(separator: " ").first == "NAME")
            #expect(watching.outputSoFar.split(separator: "\n").count == 3)
        }
    }

    @Test func listsWhatItServes() async throws {
        try await Cluster.running { cluster in
            let names = try await cluster.output("api-resources -o name --sort-by=name")
            #expect(
                names.split(separator: "\n") == [
                    "configmaps", "endpointslices.discovery.k8s.io", "events",
                    "leases.coordination.k8s.io", "namespaces", "nodes", "secrets", "services",
                ])
            let version = try await cluster.output("version")
            #expect(version.contains("Server Version: v1.32.0+herald"))
            let all = try await cluster.output("get all -A -o name")
            #expect(all == "")
            let explain = try await cluster.kubectl("explain svc")
            #expect(!explain.succeeded)
            let serverSide = try await cluster.kubectl("apply --server-side -f -", input: Self.web)
            #expect(serverSide.errorOutput.contains("server-side apply is not supported"))
        }
    }

    @Test func createsReplacesAndEditsInOtherWays() async throws {
        try await Cluster.running { cluster in
            let dry = try await cluster.output("apply --dry-run=server -f -", input: Self.web)
            #expect(dry == "service/web created (server dry run)\n")
            let dried = try await cluster.kubectl("get svc web")
            #expect(!dried.succeeded)
            // The imperative forms speak protobuf; their manifests do the same as JSON.
            let manifest = try await cluster.output(
                "create service loadbalancer lb --tcp=80:8080 --dry-run=client -o yaml")
            _ = try await cluster.output("create -f -", input: manifest)
            let protobuf = try await cluster.kubectl("create ns shop")
            #expect(protobuf.errorOutput.contains("use a manifest: kubectl create -f"))
            let json = try await cluster.output("get svc lb -o json")
            let stale = json.replacing("\"app\": \"lb\"", with: "\"app\": \"other\"")
            _ = try await cluster.output("replace -f -", input: stale)
            let conflict = try await cluster.kubectl(
                "replace -f -", input: json.replacing("\"app\": \"lb\"", with: "\"app\": \"third\"")
            )
            #expect(conflict.errorOutput.contains("the object has been modified"))
            let forced = try await cluster.output("replace --force -f -", input: json)
            #expect(forced.contains("replaced"))
            _ = try await cluster.output("delete svc --all")
            let left = try await cluster.output("get svc -o name")
            #expect(left == "")
        }
    }
}

extension Cluster {
    func output(
        _ arguments: [String], location: SourceLocation = #_sourceLocation
    ) async throws -> String {
        let command = try await kubectl(arguments)
        #expect(
            command.succeeded, "\(arguments): \(command.errorOutput)", sourceLocation: location)
        return command.output
    }

    /// kubectl's table with one bar between columns; ages in seconds read `0s`.
    func columns(_ line: String) async throws -> String {
        let text = try await output(line)
        let lines = text.split(separator: "\n").map(String.init)
        guard let header = lines.first else { return "" }
        // Columns begin where the header's words begin after two or more blanks.
        var starts = [0]
        for match in header.matches(of: /\s{2,}(?=\S)/) {
            starts.append(header.distance(from: header.startIndex, to: match.range.upperBound))
        }
        return lines.map { line in
            let characters = Array(line)
            let cells = starts.indices.map { index -> String in
                let end = index + 1 < starts.count ? starts[index + 1] : characters.count
                let cell = characters[
                    min(starts[index], characters.count)..<min(end, characters.count)]
                let trimmed = String(cell).trimmingCharacters(in: .whitespaces)
                return trimmed.wholeMatch(of: /\d+s/) == nil ? trimmed : "0s"
            }
            return cells.joined(separator: "|")
        }.joined(separator: "\n")
    }
}
