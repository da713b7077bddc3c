import JSON
import Testing
import Timing

@testable import Kubernetes

/// What an API server makes of a Service, and of what is written to its status.
@Suite(.timeLimit(.minutes(4))) struct ContractServiceTests {
    private static func condition(_ type: String, _ status: String) -> Condition {
        Condition(
            type: type, status: status, reason: "Because", message: "m",
            lastTransitionTime: Time(secondsSince1970: 1_700_000_000))
    }

    private static func allocation(of service: Service) -> ServiceStatusPatch {
        ServiceStatusPatch(
            resourceVersion: service.metadata.resourceVersion,
            ingress: .entries([LoadBalancerIngress(ip: "192.0.2.16")]),
            conditions: [condition("herald.dev/Allocated", "True")],
            annotations: ["herald.dev/allocated-from": "public"])
    }

    @Test(arguments: ContractServer.present)
    func aServiceIsCompleted(server: ContractServer) async throws {
        try await server.running { contract in
            let created = try await contract.client.create(contract.service())
            let spec = created.spec
            #expect(spec.clusterIP.hasPrefix("10.96.") && spec.clusterIPs == [spec.clusterIP])
            #expect(spec.ipFamilies == ["IPv4"] && spec.ipFamilyPolicy == "SingleStack")
            #expect(spec.externalTrafficPolicy == "Cluster" && spec.loadBalancerClass.isEmpty)
            let port = try #require(spec.ports.first)
            #expect(port.protocol == "TCP" && (30_000..<32_768).contains(port.nodePort))
            #expect(created.status == ServiceStatus())
        }
    }

    @Test(
        arguments: ContractServer.present,
        [
            ("PreferDualStack", ["IPv6"], ["IPv6", "IPv4"]),
            ("RequireDualStack", [], ["IPv4", "IPv6"]), ("SingleStack", ["IPv6"], ["IPv6"]),
        ])
    func familiesGiveClusterAddresses(
        server: ContractServer, wish: (policy: String, asked: [String], given: [String])
    ) async throws {
        try await server.running { contract in
            var service = contract.service()
            service.spec.ipFamilyPolicy = wish.policy
            service.spec.ipFamilies = wish.asked
            let spec = try await contract.client.create(service).spec
            #expect(spec.ipFamilies == wish.given)
            #expect(spec.clusterIPs.map { $0.contains(":") ? "IPv6" : "IPv4" } == wish.given)
        }
    }

    @Test(arguments: ContractServer.present)
    func aStatusPatchCarriesEverythingAndSparesTheConditionsOfOthers(
        server: ContractServer
    ) async throws {
        try await server.running { contract in
            let (client, web) = (contract.client, contract.name("web"))
            let created = try await client.create(contract.service())
            let foreign = try await client.patchServiceStatus(
                web,
                ServiceStatusPatch(
                    resourceVersion: created.metadata.resourceVersion,
                    conditions: [Self.condition("other.example/Ready", "True")]))
            let ours = try await client.patchServiceStatus(web, Self.allocation(of: foreign))
            #expect(ours.status.ingress.map(\.ip) == ["192.0.2.16"])
            // Servers of before 1.29 do not know the mode and drop it.
            let modes = try await Self.isBefore(129, client) ? [""] : ["VIP"]
            #expect(ours.status.ingress.map(\.ipMode) == modes)
            #expect(
                Set(ours.status.conditions.map(\.type))
                    == ["other.example/Ready", "herald.dev/Allocated"])
            #expect(ours.metadata.annotations["herald.dev/allocated-from"] == "public")
            #expect(ours.spec == created.spec)
            let changed = try await client.patchServiceStatus(
                web,
                ServiceStatusPatch(
                    resourceVersion: ours.metadata.resourceVersion,
                    conditions: [Self.condition("herald.dev/Allocated", "False")]))
            #expect(changed.status.conditions.count == 2)
            #expect(changed.status.ingress.map(\.ip) == ["192.0.2.16"], "not said, not changed")
        }
    }

    @Test(arguments: ContractServer.present)
    func aDecisionOnAnOldVersionIsAConflict(server: ContractServer) async throws {
        try await server.running { contract in
            let (client, web) = (contract.client, contract.name("web"))
            let created = try await client.create(contract.service())
            _ = try await client.patch(
                Service.self, web, as: .merge, ["metadata": ["labels": ["a": "b"]]])
            let error = try await contract.refusal {
                try await client.patchServiceStatus(web, Self.allocation(of: created))
            }
            #expect(error.isConflict, "\(error)")
            #expect(error.verb == .patch)
            #expect(error.path == "/api/v1/namespaces/\(contract.namespace)/services/web/status")
            #expect(try await client.get(Service.self, web).status.ingress.isEmpty)
        }
    }

    /// Whether the server's version is lower; 1.29 is 129.
    private static func isBefore(_ version: Int, _ client: KubernetesClient) async throws -> Bool {
        let parts = try await client.version().gitVersion.dropFirst().split(separator: ".")
        let (major, minor) = (Int(parts[0]) ?? 0, Int(parts[1]) ?? 0)
        return major * 100 + minor < version
    }

    /// S2 of what users rely on: after a change of type only `null` may be written.
    @Test(arguments: ContractServer.present)
    func aReleaseAfterAChangeOfTypeRemovesWhatIsOurs(server: ContractServer) async throws {
        try await server.running { contract in
            let (client, web) = (contract.client, contract.name("web"))
            let created = try await client.create(contract.service())
            _ = try await client.patchServiceStatus(web, Self.allocation(of: created))
            let cluster = try await client.patch(
                Service.self, web, as: .merge, ["spec": ["type": "ClusterIP"]])
            #expect(cluster.status.ingress.isEmpty, "the server empties it")
            // Servers of before 1.29 would take it, and keep it; Herald writes it to none.
            if try await !Self.isBefore(129, client) {
                let ingress = try await contract.refusal {
                    try await client.patchServiceStatus(web, Self.allocation(of: cluster))
                }
                #expect(ingress.refusal?.httpStatus == 422, "\(ingress)")
            }
            let released = try await client.patchServiceStatus(
                web,
                ServiceStatusPatch(
                    resourceVersion: cluster.metadata.resourceVersion, ingress: .none,
                    removedConditions: ["herald.dev/Allocated"],
                    annotations: ["herald.dev/allocated-from": nil]))
            #expect(released.status.conditions.isEmpty)
            #expect(released.metadata.annotations.isEmpty)
        }
    }

    @Test(arguments: ContractServer.present)
    func aStatusWriteLeavesTheSpecAlone(server: ContractServer) async throws {
        try await server.running { contract in
            let (client, web) = (contract.client, contract.name("web"))
            let created = try await client.create(contract.service())
            let body: JSONValue = [
                "spec": ["loadBalancerIP": "192.0.2.9"],
                "status": ["loadBalancer": ["ingress": [["hostname": "lb.example"]]]],
            ]
            let patched = try await client.patch(
                Service.self, web, as: .strategicMerge, body, subresource: "status")
            #expect(patched.spec == created.spec)
            #expect(patched.status.ingress.map(\.hostname) == ["lb.example"])
            #expect(patched.status.ingress.map(\.ipMode) == [""], "only of an address")
            let other = try await client.patch(
                Service.self, web, as: .merge, ["status": ["loadBalancer": .null]])
            #expect(other.status == patched.status, "and the other way round")
        }
    }
}
