import Allocation
import AsyncAlgorithms
import CLinux
import Kubernetes
import Logging

extension APILoop {
    /// Feeds of every kind that decisions rest on, until the loop ends.
    func follow(in group: inout DiscardingTaskGroup) {
        group.addTask {
            for await feed in client.follow(Kubernetes.Service.self) {
                await send(.services(feed))
                noteLength(of: feed)
            }
        }
        group.addTask {
            for await feed in client.follow(EndpointSlice.self) {
                await send(.endpointSlices(feed))
                noteLength(of: feed)
            }
        }
        group.addTask {
            // The first list then holds this node's own Node object.
            await register()
            for await feed in client.follow(Node.self) {
                if feed.lacks(node: configuration.node) { await register() }
                await send(.nodes(feed))
            }
        }
        group.addTask {
            for await event in unrecorded.stream { await record(event) }
        }
        group.addTask { await giveMemoryBack() }
        group.addTask { await identifyCluster() }
        group.addTask { await followNamespaces() }
        group.addTask { await followLease() }
        group.addTask { await followDrainOrders() }
        if start.helloKeys == nil { group.addTask { await followHelloKeys() } }
        group.addTask {
            for await _ in reports.wakeUps { await inputs.send(.reportsWait) }
        }
    }

    private func noteLength<R: Resource>(of feed: Feed<R>) {
        guard case .snapshot(let objects) = feed, objects.count >= Self.listLong else { return }
        longLists.continuation.yield()
    }

    /// What long lists were read with is of no use any more once they are taken in, and the
    /// allocator would keep it for ever.
    private func giveMemoryBack() async {
        for await _ in longLists.stream {
            // Cancelled only when the loop has ended.
            try? await Task.sleep(for: Self.listTakenIn)
            _ = malloc_trim(0)
        }
    }

    func writeStatus(
        _ service: NamespacedName, _ patch: ServiceStatusPatch
    ) async -> Result<Kubernetes.Service, KubernetesError> {
        do throws(KubernetesError) {
            return .success(try await client.patchServiceStatus(service, patch))
        } catch {
            return .failure(error)
        }
    }

    /// Puts an event behind those that wait: they are written one at a time.
    func queue(_ event: Event) {
        guard case .dropped(let event) = unrecorded.continuation.yield(event) else { return }
        logger.warning(
            "event not recorded",
            metadata: ["event": "\(event.namespacedName)", "waiting": "\(Self.eventsMax)"])
    }

    /// An event that cannot be written is only logged: the condition says the same.
    private func record(_ event: Event) async {
        do {
            try await eventClient.record(event)
        } catch {
            logger.warning("event not recorded", metadata: ["error": "\(error)"])
        }
    }
}

extension Feed<Node> {
    /// True when this says that there is no such Node (any more).
    fileprivate func lacks(node name: String) -> Bool {
        switch self {
        case .snapshot(let nodes): !nodes.contains { $0.metadata.name == name }
        case .removed(let node): node.metadata.name == name
        case .changed, .interrupted, .resumed: false
        }
    }
}

extension EventOccurrence {
    init(_ event: ServiceEvent) {
        self.init(
            object: ObjectReference(
                apiVersion: Kubernetes.Service.apiVersion, kind: Kubernetes.Service.kind,
                namespace: event.service.namespace, name: event.service.name, uid: event.uid),
            type: event.type, reason: event.reason.rawValue, message: event.message)
    }
}
