import Foundation
import JSON
import Laboratory
import Testing

@testable import Kubernetes

/// `Deploy/rbac.yaml`: what it grants is enough, and each part of it is needed.
@Suite(.timeLimit(.minutes(5)), .serialized, .needsRealServer) struct AccessTests {
    /// One permission, and what the daemon does with it.
    private struct Need: Sendable {
        let verb: String
        let resource: String
        var name: String?
        /// Throws the server's no, if that is what it says.
        let ask: @Sendable (KubernetesClient) async throws -> Void

        var text: String { "\(verb) \(resource)\(name.map { " \($0)" } ?? "")" }
    }

    private static let system = "herald-system"
    private static let lease = NamespacedName(namespace: system, name: "herald-allocator")

    private static func list<R: Resource>(
        _ type: R.Type, _ resource: String, _ name: String? = nil
    ) -> Need {
        Need(verb: "list", resource: resource, name: name) { client in
            _ = try await client.list(
                R.self, in: name == nil ? "" : system, name.map { .name($0) } ?? .all)
        }
    }

    private static func watch<R: Resource>(
        _ type: R.Type, _ resource: String, _ name: String? = nil
    ) -> Need {
        Need(verb: "watch", resource: resource, name: name) { client in
            let stream: WatchStream<R> = try await client.watch(
                R.self, in: name == nil ? "" : system, name.map { .name($0) } ?? .all, from: "",
                lifetime: .seconds(1))
            _ = stream
        }
    }

    private static func get<R: Resource>(
        _ type: R.Type, _ resource: String, _ name: String? = nil
    ) -> Need {
        Need(verb: "get", resource: resource, name: name) { client in
            let space = R.isNamespaced ? system : ""
            _ = try await client.get(
                R.self, NamespacedName(namespace: space, name: name ?? "permission"))
        }
    }

    private static func patch<R: Resource>(
        _ type: R.Type, _ resource: String, _ name: String? = nil, subresource: String? = nil
    ) -> Need {
        Need(verb: "patch", resource: resource, name: name) { client in
            let _: R = try await client.patch(
                R.self, NamespacedName(namespace: system, name: name ?? "permission"), as: .merge,
                ["metadata": ["annotations": ["herald.dev/test": "1"]]], subresource: subresource)
        }
    }

    private static let createsLeases = Need(verb: "create", resource: "leases") { client in
        let spec = LeaseSpec(
            holderIdentity: nil, leaseDurationSeconds: nil, acquireTime: nil, renewTime: nil,
            leaseTransitions: nil)
        _ = try await client.create(
            Lease(metadata: ObjectMeta(name: lease.name, namespace: lease.namespace), spec: spec))
    }

    private static let createsEvents = Need(verb: "create", resource: "events") { client in
        let reference = ObjectReference(
            apiVersion: "v1", kind: "Service", namespace: system, name: "web", uid: "")
        _ = try await client.create(
            Event(
                metadata: ObjectMeta(name: "permission", namespace: system),
                involvedObject: reference, reason: "R", message: "m", type: "Normal", count: 1,
                firstTimestamp: nil, lastTimestamp: nil,
                source: EventSource(component: "c", host: nil), reportingComponent: "",
                reportingInstance: ""))
    }

    /// All that the daemon does.
    private static let needs: [Need] = [
        list(Service.self, "services"), watch(Service.self, "services"),
        patch(Service.self, "services/status", subresource: "status"),
        list(EndpointSlice.self, "endpointslices"), watch(EndpointSlice.self, "endpointslices"),
        get(Node.self, "nodes"), list(Node.self, "nodes"), watch(Node.self, "nodes"),
        list(Namespace.self, "namespaces"), watch(Namespace.self, "namespaces"),
        createsEvents, get(Event.self, "events"), patch(Event.self, "events"),
        createsLeases, get(Lease.self, "leases", "herald-allocator"),
        list(Lease.self, "leases", "herald-allocator"),
        watch(Lease.self, "leases", "herald-allocator"),
        patch(Lease.self, "leases", "herald-allocator"),
        get(Secret.self, "secrets", "herald-hello-key"),
        list(Secret.self, "secrets", "herald-hello-key"),
        watch(Secret.self, "secrets", "herald-hello-key"),
        patch(Secret.self, "secrets", "herald-hello-key"),
        get(ConfigMap.self, "configmaps", "herald-retained"),
        patch(ConfigMap.self, "configmaps", "herald-retained"),
        list(ConfigMap.self, "configmaps", "herald-drain"),
        watch(ConfigMap.self, "configmaps", "herald-drain"),
        patch(ConfigMap.self, "configmaps", "herald-drain"),
    ]

    /// What the server says to it: nil when it lets it through to the object, there or not.
    private static func denial(
        of need: Need, to client: KubernetesClient
    ) async throws -> KubernetesError? {
        do {
            try await need.ask(client)
        } catch let error as KubernetesError where error.refusal?.httpStatus == 403 {
            return error
        } catch let error as KubernetesError where error.refusal != nil {
            // Not there, there already, or not as it should be: it was let through.
        }
        return nil
    }

    // MARK: - The manifest

    private static var manifest: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Deploy/rbac.yaml").path
    }

    private static func kubectl(
        _ cluster: RealCluster, _ arguments: String..., input: String? = nil
    ) async throws -> String {
        let run = try await Command.runAside(
            "kubectl", ["--kubeconfig", cluster.kubeconfig] + arguments, input: input)
        try #require(run.succeeded, "\(arguments): \(run.errorOutput)")
        return run.output
    }

    /// The roles of the manifest, as JSON.
    private static func roles(_ cluster: RealCluster) async throws -> [JSONValue] {
        let text = try await kubectl(
            cluster, "create", "--dry-run=client", "-f", manifest, "-o", "json")
        // kubectl prints one document after the other, or a list of them.
        let documents = text.components(separatedBy: "\n}\n").filter { !$0.isEmpty }
        let objects = try documents.flatMap { document in
            let object = try JSONValue(
                parsing: (document + "\n}").utf8)
            return object["items"]?.array ?? [object]
        }
        return objects.filter { ["Role", "ClusterRole"].contains($0["kind"]?.string) }
    }

    /// Each permission of a rule by itself: resource, name and verb.
    private static func permissions(of rule: JSONValue) -> [String] {
        let names = rule["resourceNames"]?.strings ?? [""]
        return (rule["resources"]?.strings ?? []).flatMap { resource in
            names.flatMap { name in
                (rule["verbs"]?.strings ?? []).map {
                    "\($0) \(resource)\(name.isEmpty ? "" : " \(name)")"
                }
            }
        }
    }

    /// The role without one permission; nil when it does not grant it.
    private static func role(_ role: JSONValue, without need: Need) -> JSONValue? {
        var found = false
        let rules = (role["rules"]?.array ?? []).map { rule in
            guard permissions(of: rule).contains(need.text) else { return rule }
            found = true
            var rule = rule
            rule["verbs"] = JSONValue((rule["verbs"]?.strings ?? []).filter { $0 != need.verb })
            return rule
        }
        var changed = role
        changed["rules"] = .array(rules.filter { $0["verbs"] != [] })
        return found ? changed : nil
    }

    private static func withDaemonsAccess(
        _ body: (RealCluster, [JSONValue], KubernetesClient) async throws -> Void
    ) async throws {
        let cluster = try await RealCluster.sharedAside()
        _ = try await kubectl(cluster, "apply", "-f", manifest)
        let token = try await kubectl(
            cluster, "--namespace", system, "create", "token", "heraldd")
        var access = try Kubeconfig(contentsOf: cluster.kubeconfig).access()
        access.authorization = .token(token.trimmingCharacters(in: .newlines))
        let roles = try await roles(cluster)
        try await withClient(access) { client in
            for need in needs {
                try await eventually("\(need.text) is granted") {
                    try await denial(of: need, to: client) == nil
                }
            }
            try await body(cluster, roles, client)
        }
    }

    @Test func itGrantsWhatTheDaemonDoesAndNoMore() async throws {
        try await Self.withDaemonsAccess { _, roles, client in
            let granted = roles.flatMap { $0["rules"]?.array ?? [] }.flatMap(Self.permissions)
            #expect(granted.sorted() == Self.needs.map(\.text).sorted())
            let others: [Need] = [
                Self.list(Secret.self, "secrets"), Self.get(Secret.self, "secrets", "other"),
                Self.patch(Service.self, "services"), Self.list(ConfigMap.self, "configmaps"),
                Self.get(Lease.self, "leases", "other"),
                Need(verb: "create", resource: "secrets") { client in
                    let metadata = ObjectMeta(name: "another", namespace: Self.system)
                    _ = try await client.create(Secret(metadata: metadata, data: [:]))
                },
            ]
            for other in others {
                let denial = try await Self.denial(of: other, to: client)
                #expect(denial != nil, "\(other.text) is granted")
            }
        }
    }

    /// Each permission taken away makes what needs it fail, and the error says what is missing.
    @Test func eachPermissionIsNeeded() async throws {
        try await Self.withDaemonsAccess { cluster, roles, client in
            for need in Self.needs {
                let role = try #require(
                    roles.lazy.compactMap { Self.role($0, without: need) }.first, "\(need.text)")
                _ = try await Self.kubectl(cluster, "apply", "-f", "-", input: role.text)
                var denial: KubernetesError?
                try await eventually("\(need.text) is denied") {
                    denial = try await Self.denial(of: need, to: client)
                    return denial != nil
                }
                let text = denial?.description ?? ""
                #expect(text.contains(": 403 Forbidden: "), "\(text)")
                #expect(text.contains("cannot \(need.verb) resource"), "\(text)")
                #expect(text.hasPrefix("\(need.verb) /api"), "\(text)")
                #expect(text.hasSuffix("; check the RBAC rules of this user"))
                _ = try await Self.kubectl(cluster, "apply", "-f", Self.manifest)
            }
        }
    }

    @Test(arguments: ["rbac.yaml", "daemonset.yaml"])
    func theServerTakesTheManifest(file: String) async throws {
        let cluster = try await RealCluster.sharedAside()
        // A dry run makes no namespace for what comes after it.
        _ = try await Self.kubectl(cluster, "apply", "-f", Self.manifest)
        let path = Self.manifest.replacing("rbac.yaml", with: file)
        let said = try await Self.kubectl(
            cluster, "apply", "--dry-run=server", "--validate=strict", "-f", path)
        for line in said.split(separator: "\n") {
            #expect(line.hasSuffix("(server dry run)"), "\(line)")
        }
        #expect(!said.isEmpty)
    }

    /// The certificate of a kubeconfig, from files, is what opens the server.
    @Test func aClientCertificateOpensTheServer() async throws {
        let cluster = try await RealCluster.sharedAside()
        let access = try Kubeconfig(contentsOf: cluster.kubeconfig).access(context: "certificate")
        try await withClient(access) { client in
            let found = try await client.list(Namespace.self)
            #expect(!found.items.isEmpty)
        }
        var anonymous = access
        anonymous.clientCertificate = nil
        try await withClient(anonymous) { client in
            let found = await #expect(throws: KubernetesError.self) {
                try await client.list(Namespace.self)
            }
            #expect(found?.refusal?.httpStatus == 403, "\(String(describing: found))")
        }
    }

    /// A plugin that gives a certificate is as good as the kubeconfig that has it.
    @Test func aPluginsCertificateOpensTheServer() async throws {
        let cluster = try await RealCluster.sharedAside()
        var access = try Kubeconfig(contentsOf: cluster.kubeconfig).access(context: "certificate")
        let certificate = try #require(access.clientCertificate)
        access.clientCertificate = nil
        let answer: JSONValue = [
            "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
            "status": [
                "clientCertificateData": .string(
                    String(decoding: certificate.chain, as: UTF8.self)),
                "clientKeyData": .string(String(decoding: certificate.key, as: UTF8.self)),
            ],
        ]
        let folder = try TemporaryFolder()
        let file = try folder.write(answer.text, to: "credential.json")
        access.authorization = .plugin(
            ExecPlugin(version: .v1, command: "cat", arguments: [file]))
        try await withClient(access) { client in
            let found = try await client.list(Namespace.self)
            #expect(!found.items.isEmpty)
        }
    }
}
