import JSON
import Kubernetes
import Logging

extension APILoop {
    /// Obeys what other nodes' daemons were asked to tell this one, until the loop ends.
    func followDrainOrders() async {
        let name = DrainOrder.configMap
        for await feed in client.follow(ConfigMap.self, in: name.namespace, .name(name.name)) {
            switch feed {
            case .snapshot(let found): obey(found.first)
            case .changed(let orders): obey(orders)
            case .removed, .interrupted, .resumed: break
            }
        }
    }

    private func obey(_ orders: ConfigMap?) {
        guard let text = orders?.data[configuration.node] else { return }
        guard let order = DrainOrder(text: text) else {
            return logger.warning(
                "no order", metadata: ["configmap": "\(DrainOrder.configMap)", "found": "\(text)"])
        }
        do {
            guard try start.commands.obey(order) else { return }
            logger.notice("told by another node", metadata: ["order": "\(order.text)"])
        } catch {
            logger.error(
                "order not carried out",
                metadata: ["order": "\(order.text)", "error": "\(error)"])
        }
    }

    /// Tells another node to drain or undrain; it obeys when it reads it.
    ///
    /// - Throws: not found when there is no such Node.
    func tell(_ node: String, drains: Bool) async throws(KubernetesError) {
        _ = try await client.get(Node.self, NamespacedName(name: node))
        let name = DrainOrder.configMap
        let data = [node: DrainOrder.new(drains: drains).text]
        do {
            let body: JSONValue = ["data": .object(data.mapValues { .string($0) })]
            let _: ConfigMap = try await client.patch(ConfigMap.self, name, as: .merge, body)
        } catch {
            guard error.isNotFound else { throw error }
            let metadata = ObjectMeta(name: name.name, namespace: name.namespace)
            _ = try await client.create(ConfigMap(metadata: metadata, data: data))
        }
    }
}

extension DrainOrder {
    static func new(drains: Bool) -> DrainOrder {
        DrainOrder(drains: drains, id: String(UInt64.random(in: .min ... .max), radix: 36))
    }
}
