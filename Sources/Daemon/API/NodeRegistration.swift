import Addressing
import JSON
import Kubernetes

/// Makes this node's Node object on the embedded API, where no kubelet does.
package struct NodeRegistration: Sendable {
    private let node: String
    private let addresses: [IPAddress]

    package init(node: String, addresses: [IPAddress]) {
        self.node = node
        self.addresses = addresses
    }

    /// Creates the Node, or brings its addresses up to date; Ready, with its InternalIPs.
    ///
    /// Does nothing on any other API server: there a Node is its kubelet's to make.
    ///
    /// - Returns: addresses that the Node had and this machine has not: they were its own before, or
    ///   they are of another machine that goes by the name.
    package func register(
        with client: KubernetesClient, at time: Time
    ) async throws(KubernetesError) -> [IPAddress] {
        guard try await client.version().gitVersion.hasSuffix("+herald") else { return [] }
        let name = NamespacedName(name: node)
        var former: [IPAddress] = []
        do {
            let known = try await client.get(Node.self, name)
            guard known.internalAddresses != addresses else { return [] }
            former = known.internalAddresses.filter { !addresses.contains($0) }
        } catch {
            guard error.isNotFound else { throw error }
            do {
                _ = try await client.create(Node(metadata: ObjectMeta(name: node)))
            } catch {
                guard error.isAlreadyExists else { throw error }
            }
        }
        let _: Node = try await client.patch(
            Node.self, name, as: .strategicMerge, status(at: time), subresource: "status")
        return former
    }

    private func status(at time: Time) -> JSONValue {
        let shown: [JSONValue] = addresses.map {
            ["type": "InternalIP", "address": .string("\($0)")]
        }
        return [
            "status": [
                "addresses": .array(shown + [["type": "Hostname", "address": .string(node)]]),
                "conditions": [
                    [
                        "type": "Ready", "status": "True", "reason": "HeraldReady",
                        "message": "heraldd runs on this node",
                        "lastTransitionTime": .string(time.description),
                        "lastHeartbeatTime": .string(time.description),
                    ]
                ],
            ]
        ]
    }
}
