import Kubernetes

/// What is kept of each object of one kind: the object itself, or all of it that matters.
protocol KeptObject: Equatable, Sendable {
    associatedtype Object: Resource

    init(keeping object: Object)

    /// Empty, as the version is, where the order of the feed is enough.
    var uid: String { get }
    var resourceVersion: String { get }
}

extension KeptObject where Self: Resource, Object == Self {
    init(keeping object: Self) {
        self = object
    }

    var uid: String { metadata.uid }
    var resourceVersion: String { metadata.resourceVersion }
}

extension Kubernetes.Service: KeptObject {}
extension Node: KeptObject {}
extension Namespace: KeptObject {}
