import JSON
import Kubernetes

extension APILoop {
    /// The ConfigMap, nil when there is none.
    func readRetained() async -> Result<ConfigMap?, KubernetesError> {
        do throws(KubernetesError) {
            return .success(try await client.get(ConfigMap.self, RetainedRecord.name))
        } catch {
            return error.isNotFound ? .success(nil) : .failure(error)
        }
    }

    /// Creates the ConfigMap, or changes it if it still is the one that was read.
    ///
    /// - Parameter isAllowed: this node's lease stood when the write was decided on.
    func write(
        _ write: RetainedWrite, allowed isAllowed: Bool
    ) async -> Result<ConfigMap, KubernetesError> {
        let name = RetainedRecord.name
        guard isAllowed else {
            return .failure(KubernetesError(verb: .patch, path: "\(name)", cause: .cancelled))
        }
        do throws(KubernetesError) {
            guard let version = write.version else {
                let object = ConfigMap(
                    metadata: ObjectMeta(name: name.name, namespace: name.namespace),
                    data: [RetainedRecord.key: write.text])
                return .success(try await client.create(object))
            }
            let body: JSONValue = [
                "metadata": ["resourceVersion": .string(version)],
                "data": [RetainedRecord.key: .string(write.text)],
            ]
            return .success(
                try await client.patch(ConfigMap.self, name, as: .merge, body))
        } catch {
            return .failure(error)
        }
    }
}
