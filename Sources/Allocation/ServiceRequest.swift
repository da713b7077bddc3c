import Addressing

/// What the allocator needs to know of one Service object.
package struct ServiceRequest: Hashable, Sendable {
    package var key: ServiceKey
    package var uid: String
    /// `metadata.creationTimestamp` in seconds since 1970: the older service keeps and goes first;
    /// equal ones by uid, then key.
    package var created: Int64
    /// False for any other `spec.type`, for `clusterIP: None` and for a foreign class.
    package var isOurs: Bool
    /// The families of `spec.clusterIPs`, primary first; empty while there is no ClusterIP.
    package var families: [AddressFamily]
    package var familyPolicy: FamilyPolicy
    /// What annotations and `spec.loadBalancerIP` ask for.
    package var wish: AddressWish
    package var ports: [ServicePort]
    package var trafficPolicy: TrafficPolicy
    /// `spec.selector`; two Local services share only when theirs are equal.
    package var selector: [String: String]
    package var labels: [String: String]
    /// What the object shows of earlier allocations.
    package var shown: ShownAllocation

    package init(
        key: ServiceKey, uid: String = "", created: Int64 = 0, isOurs: Bool = true,
        families: [AddressFamily] = [.ipv4], familyPolicy: FamilyPolicy = .singleStack,
        wish: AddressWish = AddressWish(), ports: [ServicePort] = [],
        trafficPolicy: TrafficPolicy = .cluster, selector: [String: String] = [:],
        labels: [String: String] = [:], shown: ShownAllocation = ShownAllocation()
    ) {
        self.key = key
        self.uid = uid
        self.created = created
        self.isOurs = isOurs
        self.families = families
        self.familyPolicy = familyPolicy
        self.wish = wish
        self.ports = ports
        self.trafficPolicy = trafficPolicy
        self.selector = selector
        self.labels = labels
        self.shown = shown
    }
}

/// `spec.ipFamilyPolicy`, spelled as Kubernetes does.
package enum FamilyPolicy: String, Hashable, Sendable {
    case singleStack = "SingleStack"
    case preferDualStack = "PreferDualStack"
    case requireDualStack = "RequireDualStack"
}

/// `spec.externalTrafficPolicy`, spelled as Kubernetes does.
package enum TrafficPolicy: String, Hashable, Sendable {
    case cluster = "Cluster"
    case local = "Local"
}

/// One entry of `spec.ports`, as far as sharing asks.
package struct ServicePort: Hashable, Comparable, Sendable {
    /// `TCP`, `UDP` or `SCTP`, as in the object.
    package var transport: String
    package var port: Int

    package init(_ transport: String, _ port: Int) {
        self.transport = transport
        self.port = port
    }

    package static func < (left: ServicePort, right: ServicePort) -> Bool {
        (left.port, left.transport) < (right.port, right.transport)
    }
}

extension ServicePort: CustomStringConvertible {
    package var description: String { "\(transport)/\(port)" }
}

/// What a Service object shows of its allocation: ingress, our annotation, our condition.
package struct ShownAllocation: Hashable, Sendable {
    /// `status.loadBalancer.ingress[].ip` in order; entries without `ip` are not ours to see.
    package var addresses: [IPAddress]
    /// The annotation `herald.dev/allocated-from`; its presence says that the ingress is ours.
    package var allocatedFrom: String?
    /// The condition `herald.dev/Allocated`, nil when absent or with a reason unknown to us.
    package var condition: AllocationCondition?

    package init(
        addresses: [IPAddress] = [], allocatedFrom: String? = nil,
        condition: AllocationCondition? = nil
    ) {
        self.addresses = addresses
        self.allocatedFrom = allocatedFrom
        self.condition = condition
    }

    /// The annotation that carries the pool's name, two joined by a comma.
    package static let allocatedFromAnnotation = "herald.dev/allocated-from"
}
