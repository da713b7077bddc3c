import Foundation
import JSON
import Testing
import Timing

@testable import Kubernetes

/// What the client relies on, shown by a real server over real TLS.
@Suite(.timeLimit(.minutes(2))) struct ContractTests {
    private static func configMap(_ name: String, _ value: String = "1") -> ConfigMap {
        ConfigMap(metadata: ObjectMeta(name: name, namespace: "default"), data: ["v": value])
    }

    private static func service(_ name: String, type: String = "LoadBalancer") -> Service {
        var service = Service(metadata: ObjectMeta(name: name, namespace: "default"))
        service.spec.type = type
        service.spec.ports = [ServicePort(port: 80)]
        return service
    }

    private static let web = NamespacedName(namespace: "default", name: "web")

    private static func condition(_ type: String, _ status: String) -> Condition {
        Condition(
            type: type, status: status, reason: "Because", message: "m",
            lastTransitionTime: Time(secondsSince1970: 1_700_000_000))
    }

    @Test func theServerSaysItsVersion() async throws {
        try await EmbeddedServer.running { _, client in
            let version = try await client.version().gitVersion
            #expect(version.hasSuffix("+herald"), "\(version)")
        }
    }

    @Test func objectsAreCreatedReadPatchedAndDeleted() async throws {
        try await EmbeddedServer.running { _, client in
            let name = NamespacedName(namespace: "default", name: "a")
            let created = try await client.create(Self.configMap("a"))
            #expect(!created.metadata.uid.isEmpty && !created.metadata.resourceVersion.isEmpty)
            #expect(created.metadata.creationTimestamp != nil)
            let again = await #expect(throws: KubernetesError.self) {
                try await client.create(Self.configMap("a"))
            }
            #expect(again?.isAlreadyExists == true, "\(String(describing: again))")
            let patched = try await client.patch(
                ConfigMap.self, name, as: .merge, ["data": ["w": "2"]])
            #expect(patched.data == ["v": "1", "w": "2"])
            let stale = await #expect(throws: KubernetesError.self) {
                try await client.delete(
                    ConfigMap.self, name, preconditions: Preconditions(uid: "another"))
            }
            #expect(stale?.isConflict == true, "\(String(describing: stale))")
            try await client.delete(
                ConfigMap.self, name, preconditions: Preconditions(uid: created.metadata.uid))
            let gone = await #expect(throws: KubernetesError.self) {
                try await client.get(ConfigMap.self, name)
            }
            #expect(gone?.isNotFound == true)
            #expect(gone?.path == "/api/v1/namespaces/default/configmaps/a")
        }
    }

    @Test func aLongListComesInPagesOfOneVersion() async throws {
        try await EmbeddedServer.running { _, client in
            let count = Pages<ConfigMap>.limit + 1
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<count {
                    if number >= 16 { try await group.next() }
                    group.addTask { _ = try await client.create(Self.configMap("c\(number)")) }
                }
                try await group.waitForAll()
            }
            var pages: [Page<ConfigMap>] = []
            for try await page in client.pages(ConfigMap.self) { pages.append(page) }
            #expect(pages.map(\.items.count) == [Pages<ConfigMap>.limit, 1])
            #expect(Set(pages.map(\.resourceVersion)).count == 1)
            #expect(Set(pages.flatMap(\.items).map(\.metadata.name)).count == count)
            let one = try await client.list(ConfigMap.self, in: "default", .name("c7"))
            #expect(one.items.map(\.metadata.name) == ["c7"])
            #expect(try await client.list(ConfigMap.self, in: "kube-system").items.isEmpty)
        }
    }

    @Test func aStatusPatchCarriesEverythingAndSparesTheConditionsOfOthers() async throws {
        try await EmbeddedServer.running { _, client in
            let created = try await client.create(Self.service("web"))
            let foreign = try await client.patchServiceStatus(
                Self.web,
                ServiceStatusPatch(
                    resourceVersion: created.metadata.resourceVersion,
                    conditions: [Self.condition("other.example/Ready", "True")]))
            let ours = try await client.patchServiceStatus(
                Self.web,
                ServiceStatusPatch(
                    resourceVersion: foreign.metadata.resourceVersion,
                    ingress: .entries([LoadBalancerIngress(ip: "192.0.2.16")]),
                    conditions: [Self.condition("herald.dev/Allocated", "True")],
                    annotations: ["herald.dev/allocated-from": "public"]))
            #expect(ours.status.ingress == [LoadBalancerIngress(ip: "192.0.2.16")])
            #expect(
                Set(ours.status.conditions.map(\.type))
                    == ["other.example/Ready", "herald.dev/Allocated"])
            #expect(ours.metadata.annotations["herald.dev/allocated-from"] == "public")
            #expect(ours.spec == created.spec)
            let changed = try await client.patchServiceStatus(
                Self.web,
                ServiceStatusPatch(
                    resourceVersion: ours.metadata.resourceVersion,
                    conditions: [Self.condition("herald.dev/Allocated", "False")]))
            #expect(changed.status.conditions.count == 2)
            #expect(changed.status.ingress.map(\.ip) == ["192.0.2.16"], "not said, not changed")
        }
    }

    @Test func aDecisionOnAnOldVersionIsAConflict() async throws {
        try await EmbeddedServer.running { _, client in
            let created = try await client.create(Self.service("web"))
            _ = try await client.patch(
                Service.self, Self.web, as: .merge, ["metadata": ["labels": ["a": "b"]]])
            let patch = ServiceStatusPatch(
                resourceVersion: created.metadata.resourceVersion,
                ingress: .entries([LoadBalancerIngress(ip: "192.0.2.16")]))
            let found = await #expect(throws: KubernetesError.self) {
                try await client.patchServiceStatus(Self.web, patch)
            }
            let error = try #require(found)
            #expect(error.isConflict, "\(error)")
            #expect(error.verb == .patch)
            #expect(error.path == "/api/v1/namespaces/default/services/web/status")
            #expect(try await client.get(Service.self, Self.web).status.ingress.isEmpty)
        }
    }

    /// S2 of what users rely on: after a change of type only `null` may be written.
    @Test func aReleaseAfterAChangeOfTypeRemovesWhatIsOurs() async throws {
        try await EmbeddedServer.running { _, client in
            let created = try await client.create(Self.service("web"))
            _ = try await client.patchServiceStatus(
                Self.web,
                ServiceStatusPatch(
                    resourceVersion: created.metadata.resourceVersion,
                    ingress: .entries([LoadBalancerIngress(ip: "192.0.2.16")]),
                    conditions: [Self.condition("herald.dev/Allocated", "True")],
                    annotations: ["herald.dev/allocated-from": "public"]))
            let cluster = try await client.patch(
                Service.self, Self.web, as: .merge, ["spec": ["type": "ClusterIP"]])
            #expect(cluster.status.ingress.isEmpty, "the server empties it")
            let released = try await client.patchServiceStatus(
                Self.web,
                ServiceStatusPatch(
                    resourceVersion: cluster.metadata.resourceVersion, ingress: .none,
                    removedConditions: ["herald.dev/Allocated"],
                    annotations: ["herald.dev/allocated-from": nil]))
            #expect(released.status.conditions.isEmpty)
            #expect(released.metadata.annotations.isEmpty)
        }
    }

    @Test func aLeaseIsHeldByWhoeverKnowsItsVersion() async throws {
        try await EmbeddedServer.running { _, client in
            let name = NamespacedName(namespace: "herald-system", name: "herald-allocator")
            let absent = await #expect(throws: KubernetesError.self) {
                try await client.get(Lease.self, name)
            }
            #expect(absent?.isNotFound == true)
            let now = MicroTime(microsecondsSince1970: 1_700_000_000_000_001)
            var lease = Lease(
                metadata: ObjectMeta(name: name.name, namespace: name.namespace),
                spec: LeaseSpec(
                    holderIdentity: "n1", leaseDurationSeconds: 6, acquireTime: now,
                    renewTime: now, leaseTransitions: 0))
            lease = try await client.create(lease)
            #expect(lease.spec.renewTime == now)
            var renewed = lease
            renewed.spec.renewTime = MicroTime(microsecondsSince1970: 1_700_000_001_000_000)
            renewed = try await client.update(renewed)
            #expect(renewed.spec.renewTime?.description == "2023-11-14T22:13:21.000000Z")
            lease.spec.holderIdentity = "n2"
            let stale = lease
            let late = await #expect(throws: KubernetesError.self) {
                try await client.update(stale)
            }
            #expect(late?.isConflict == true, "\(String(describing: late))")
            #expect(try await client.get(Lease.self, name) == renewed)
        }
    }

    @Test func anEventThatHappensAgainIsCounted() async throws {
        try await EmbeddedServer.running { _, client in
            let service = try await client.create(Self.service("web"))
            var correlator = EventCorrelator(component: "heraldd", node: "n1")
            let occurrence = EventOccurrence(
                object: ObjectReference(service), type: "Warning", reason: "AllocationPending",
                message: "pool public has no free IPv4 address")
            for minute in 1...3 as ClosedRange<Int64> {
                let time = Time(secondsSince1970: 1_700_000_000 + minute * 60)
                let event = correlator.event(for: occurrence, at: .zero, wallClock: time)
                try await client.record(try #require(event))
            }
            let uid = service.metadata.uid
            let events = try await client.list(
                Event.self, in: "default", ListSelector(fields: "involvedObject.uid=\(uid)"))
            let event = try #require(events.items.first)
            #expect(events.items.count == 1)
            #expect(event.count == 3)
            #expect(event.message == occurrence.message)
            #expect(event.firstTimestamp == Time(secondsSince1970: 1_700_000_060))
            #expect(event.lastTimestamp == Time(secondsSince1970: 1_700_000_180))
        }
    }

    @Test func aWrongTokenIsRefusedWithAdvice() async throws {
        try await EmbeddedServer.running { server, _ in
            var access = server.access
            access.authorization = .token("wrong")
            try await withClient(access) { client in
                let found = await #expect(throws: KubernetesError.self) {
                    try await client.list(Service.self)
                }
                let text = try #require(found).description
                #expect(
                    text.hasPrefix("list /api/v1/services: 401 Unauthorized: "), "\(text)")
                #expect(text.hasSuffix("check the token or client certificate in the kubeconfig"))
            }
        }
    }

    /// Another authority's server is not spoken to, not even with a token; only the flag that says
    /// so turns that off.
    @Test func aServerOfAnotherAuthorityIsNotTrusted() async throws {
        try await EmbeddedServer.running { server, _ in
            let folder = EmbeddedServer.makeFolder()
            defer { EmbeddedServer.remove(folder) }
            try await EmbeddedServer.running(in: folder, port: 0) { other in
                var access = server.access
                access.certificateAuthority = other.access.certificateAuthority
                try await withClient(access) { client in
                    let found = await #expect(throws: KubernetesError.self) {
                        try await client.version()
                    }
                    let text = try #require(found).description
                    #expect(text.contains("TLS failed"), "\(text)")
                    #expect(text.contains("CERTIFICATE_VERIFY_FAILED"), "\(text)")
                }
                access.skipsTLSVerification = true
                try await withClient(access) { careless in
                    _ = try await careless.version()
                }
            }
        }
    }

    @Test func theNameThatTheKubeconfigGivesLeadsToTheServersAddress() async throws {
        try await EmbeddedServer.running { server, _ in
            var access = server.access
            access.tlsServerName = "n1"
            try await withClient(access) { client in _ = try await client.version() }
        }
    }
}
