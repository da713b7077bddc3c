import JSON
import Laboratory
import Testing
import Timing

@testable import Kubernetes

/// What the client and the daemon rely on of any API server: objects, leases, events.
@Suite(.timeLimit(.minutes(4))) struct ContractTests {
    @Test(arguments: ContractServer.present)
    func theServerSaysItsVersion(server: ContractServer) async throws {
        try await server.running { contract in
            let version = try await contract.client.version().gitVersion
            #expect(version.hasPrefix("v1."), "\(version)")
            #expect(version.hasSuffix("+herald") == (server == .embedded), "\(version)")
        }
    }

    @Test(arguments: ContractServer.present)
    func objectsAreCreatedReadPatchedAndDeleted(server: ContractServer) async throws {
        try await server.running { contract in
            let (client, name) = (contract.client, contract.name("a"))
            let created = try await client.create(contract.configMap("a"))
            #expect(!created.metadata.uid.isEmpty && !created.metadata.resourceVersion.isEmpty)
            #expect(created.metadata.creationTimestamp != nil)
            let again = try await contract.refusal {
                try await client.create(contract.configMap("a"))
            }
            #expect(again.isAlreadyExists, "\(again)")
            let patched = try await client.patch(
                ConfigMap.self, name, as: .merge, ["data": ["w": "2"]])
            #expect(patched.data == ["v": "1", "w": "2"])
            let other = try await contract.refusal {
                try await client.delete(
                    ConfigMap.self, name, preconditions: Preconditions(uid: "another"))
            }
            #expect(other.isConflict, "\(other)")
            try await client.delete(
                ConfigMap.self, name, preconditions: Preconditions(uid: created.metadata.uid))
            let gone = try await contract.refusal { try await client.get(ConfigMap.self, name) }
            #expect(gone.isNotFound)
            #expect(gone.path == "/api/v1/namespaces/\(contract.namespace)/configmaps/a")
        }
    }

    /// What the daemon writes with a version is written once; without one it is merged.
    @Test(arguments: ContractServer.present)
    func aPatchOfAnOldVersionIsAConflict(server: ContractServer) async throws {
        try await server.running { contract in
            let first = try await contract.client.create(contract.configMap("a"))
            try await contract.write("2", to: "a")
            let stale = try await contract.refusal {
                try await contract.client.patch(
                    ConfigMap.self, contract.name("a"), as: .merge,
                    [
                        "metadata": ["resourceVersion": .string(first.metadata.resourceVersion)],
                        "data": ["v": "3"],
                    ])
            }
            #expect(stale.isConflict, "\(stale)")
            #expect(stale.refusal?.reason == "Conflict")
            let last = try await contract.write("4", to: "a")
            let same = try await contract.write("4", to: "a")
            #expect(same == last, "what changes nothing is no new version")
        }
    }

    @Test(arguments: ContractServer.present)
    func anObjectInNoNamespaceIsNotFound(server: ContractServer) async throws {
        try await server.running { contract in
            let object = ConfigMap(metadata: ObjectMeta(name: "a", namespace: "nowhere"), data: [:])
            let refusal = try await contract.refusal { try await contract.client.create(object) }
            #expect(refusal.isNotFound, "\(refusal)")
            #expect(refusal.description.contains(#"namespaces "nowhere" not found"#))
        }
    }

    @Test(arguments: ContractServer.present)
    func aLeaseIsHeldByWhoeverKnowsItsVersion(server: ContractServer) async throws {
        try await server.running { contract in
            let (client, name) = (contract.client, contract.name("herald-allocator"))
            let absent = try await contract.refusal { try await client.get(Lease.self, name) }
            #expect(absent.isNotFound)
            let now = MicroTime(microsecondsSince1970: 1_700_000_000_000_001)
            var lease = Lease(
                metadata: contract.meta(name.name),
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
            let late = try await contract.refusal { try await client.update(stale) }
            #expect(late.isConflict, "\(late)")
            #expect(try await client.get(Lease.self, name) == renewed)
        }
    }

    /// What MicroTime's six digits, an empty holder and a positive duration are for.
    @Test(arguments: ContractServer.present)
    func aLeaseIsChecked(server: ContractServer) async throws {
        try await server.running { contract in
            let (client, name) = (contract.client, contract.name("l"))
            _ = try await client.create(
                Lease(
                    metadata: contract.meta("l"),
                    spec: LeaseSpec(
                        holderIdentity: "n1", leaseDurationSeconds: 6, acquireTime: nil,
                        renewTime: nil, leaseTransitions: nil)))
            func patch(_ spec: JSONValue) async throws -> Lease {
                try await client.patch(Lease.self, name, as: .merge, ["spec": spec])
            }
            let coarse = try await contract.refusal {
                try await patch(["renewTime": "2026-01-02T03:04:05Z"])
            }
            #expect(coarse.refusal?.httpStatus == 422, "\(coarse)")
            let never = try await contract.refusal { try await patch(["leaseDurationSeconds": 0]) }
            #expect(never.refusal?.httpStatus == 422, "\(never)")
            let released = try await patch(["holderIdentity": "", "leaseDurationSeconds": 1])
            #expect(released.spec.holderIdentity == "")
        }
    }

    @Test(arguments: ContractServer.present)
    func anEventThatHappensAgainIsCounted(server: ContractServer) async throws {
        try await server.running { contract in
            let client = contract.client
            let service = try await client.create(contract.service())
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
                Event.self, in: contract.namespace,
                ListSelector(fields: "involvedObject.uid=\(uid)"))
            let event = try #require(events.items.first)
            #expect(events.items.count == 1)
            #expect(event.count == 3)
            #expect(event.message == occurrence.message)
            #expect(event.firstTimestamp == Time(secondsSince1970: 1_700_000_060))
            #expect(event.lastTimestamp == Time(secondsSince1970: 1_700_000_180))
        }
    }

    @Test(arguments: ContractServer.present)
    func anEventIsOfItsObjectsNamespace(server: ContractServer) async throws {
        try await server.running { contract in
            let reference = ObjectReference(
                apiVersion: "v1", kind: "Service", namespace: "elsewhere", name: "web", uid: "")
            let event = Event(
                metadata: contract.meta("web.1"), involvedObject: reference, reason: "R",
                message: "m", type: "Normal", count: 1, firstTimestamp: nil, lastTimestamp: nil,
                source: EventSource(component: "c", host: nil), reportingComponent: "",
                reportingInstance: "")
            let refusal = try await contract.refusal { try await contract.client.create(event) }
            #expect(refusal.refusal?.httpStatus == 422, "\(refusal)")
        }
    }

    @Test(arguments: ContractServer.present)
    func aSecretGivesItsBytes(server: ContractServer) async throws {
        try await server.running { contract in
            let (client, name) = (contract.client, contract.name("key"))
            let empty = try await client.create(Secret(metadata: contract.meta("key"), data: [:]))
            #expect(empty.data.isEmpty && empty.type == "Opaque")
            let filled = try await client.patch(
                Secret.self, name, as: .merge, ["data": ["key-1": "c2VjcmV0"]])
            #expect(filled.data.mapValues { Array($0) } == ["key-1": Array("secret".utf8)])
        }
    }

    // MARK: - Who is asked, and who asks

    @Test(arguments: ContractServer.present)
    func aWrongTokenIsRefusedWithAdvice(server: ContractServer) async throws {
        try await server.running { contract in
            var access = contract.access
            access.authorization = .token("wrong")
            try await withClient(access) { client in
                let text = try await contract.refusal { try await client.list(Service.self) }
                    .description
                #expect(text.hasPrefix("list /api/v1/services: 401 Unauthorized: "), "\(text)")
                #expect(text.hasSuffix("check the token or client certificate in the kubeconfig"))
            }
        }
    }

    /// Another authority's server is not spoken to, not even with a token; only the flag that says
    /// so turns that off.
    @Test(arguments: ContractServer.present)
    func aServerOfAnotherAuthorityIsNotTrusted(server: ContractServer) async throws {
        try await server.running { contract in
            let folder = EmbeddedServer.makeFolder()
            defer { EmbeddedServer.remove(folder) }
            try await EmbeddedServer.running(in: folder, port: 0) { other in
                var access = contract.access
                access.certificateAuthority = other.access.certificateAuthority
                access.certificateAuthorityFile = nil
                try await withClient(access) { client in
                    let text = try await contract.refusal { try await client.version() }
                        .description
                    #expect(text.contains("TLS failed"), "\(text)")
                    #expect(text.contains("CERTIFICATE_VERIFY_FAILED"), "\(text)")
                }
                access.skipsTLSVerification = true
                try await withClient(access) { careless in _ = try await careless.version() }
            }
        }
    }

    @Test(arguments: ContractServer.present)
    func theNameThatTheKubeconfigGivesLeadsToTheServersAddress(
        server: ContractServer
    ) async throws {
        try await server.running { contract in
            var access = contract.access
            access.tlsServerName = server == .embedded ? "n1" : "kubernetes.default.svc"
            try await withClient(access) { client in _ = try await client.version() }
        }
    }
}
