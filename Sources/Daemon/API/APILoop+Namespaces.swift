import Kubernetes
import Logging

extension APILoop {
    /// The namespace whose uid tells clusters apart: it is made with the cluster and never again.
    static let clusterNamespace = "kube-system"
    static let identificationPauseMin = Duration.milliseconds(100)
    static let identificationPauseMax = Duration.seconds(10)

    /// Asks once which cluster this is, and keeps asking while the API is away.
    func identifyCluster() async {
        var pause = Self.identificationPauseMin
        while !Task.isCancelled {
            do throws(KubernetesError) {
                let found = try await client.list(
                    Namespace.self, .name(Self.clusterNamespace))
                if let uid = found.items.first?.metadata.uid, !uid.isEmpty {
                    return await send(.clusterIdentified(uid: uid))
                }
            } catch {
                logger.warning("cluster not identified", metadata: ["error": "\(error)"])
            }
            // Cancelled only when the loop has ended.
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, Self.identificationPauseMax)
        }
    }

    /// The labels of namespaces, for as long as this node allocates: nobody else asks for them.
    func followNamespaces() async {
        var following: Task<Void, Never>?
        for await leads in terms.stream {
            following?.cancel()
            await following?.value
            following = leads ? Task { await tellNamespaces() } : nil
        }
        following?.cancel()
    }

    private func tellNamespaces() async {
        for await feed in client.follow(Namespace.self) { await send(.namespaces(feed)) }
    }
}
