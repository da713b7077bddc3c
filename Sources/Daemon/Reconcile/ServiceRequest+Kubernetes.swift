import Addressing
import Allocation
import Kubernetes

/// Which Services a daemon serves, by `spec.loadBalancerClass`.
package struct ServiceClass: Hashable, Sendable {
    /// Our own class.
    package let name: String
    /// Services without a class are left to others.
    package let isRequired: Bool

    package init(name: String, isRequired: Bool) {
        self.name = name
        self.isRequired = isRequired
    }

    func serves(_ spec: ServiceSpec) -> Bool {
        spec.loadBalancerClass.isEmpty ? !isRequired : spec.loadBalancerClass == name
    }

    /// A Service that wants an address of this daemon.
    func isOurs(_ spec: ServiceSpec) -> Bool {
        spec.type == "LoadBalancer" && spec.clusterIP != "None" && serves(spec)
    }
}

extension ServiceRequest {
    /// Translates a Service object into what allocation needs to know of it.
    ///
    /// Texts that are no address are kept out of `shown` (they are not ours to see); what a user
    /// asked for wrongly becomes the wish's `problem`.
    init(_ service: Kubernetes.Service, class serviceClass: ServiceClass) {
        let spec = service.spec
        self.init(
            key: ServiceKey(service.namespacedName), uid: service.metadata.uid,
            created: service.metadata.creationTimestamp?.secondsSince1970 ?? 0,
            isOurs: serviceClass.isOurs(spec),
            families: spec.clusterIPs.compactMap { (try? IPAddress($0))?.family },
            familyPolicy: FamilyPolicy(rawValue: spec.ipFamilyPolicy) ?? .singleStack,
            wish: AddressWish(
                annotations: service.metadata.annotations,
                loadBalancerIP: spec.loadBalancerIP.isEmpty ? nil : spec.loadBalancerIP),
            ports: spec.ports.map { Allocation.ServicePort($0.protocol, $0.port) },
            trafficPolicy: TrafficPolicy(rawValue: spec.externalTrafficPolicy) ?? .cluster,
            selector: spec.selector, labels: service.metadata.labels,
            shown: ShownAllocation(service))
    }
}

extension Kubernetes.Service {
    /// The addresses that its status shows and our annotation says are ours; nil when it is none
    /// of ours.
    func addressesShownAsOurs(class serviceClass: ServiceClass) -> [IPAddress]? {
        guard metadata.annotations[ShownAllocation.allocatedFromAnnotation] != nil,
            serviceClass.isOurs(spec)
        else { return nil }
        return status.ingress.compactMap { try? IPAddress($0.ip) }
    }
}

extension ShownAllocation {
    init(_ service: Kubernetes.Service) {
        let condition = service.status.conditions.first { $0.type == AllocationCondition.type }
        self.init(
            addresses: service.status.ingress.compactMap { try? IPAddress($0.ip) },
            allocatedFrom: service.metadata.annotations[Self.allocatedFromAnnotation],
            condition: condition.flatMap { shown in
                AllocationReason(rawValue: shown.reason).map {
                    AllocationCondition($0, shown.message)
                }
            })
    }
}

extension ServiceKey {
    init(_ name: NamespacedName) {
        self.init(namespace: name.namespace, name: name.name)
    }
}

extension NamespacedName {
    init(_ key: ServiceKey) {
        self.init(namespace: key.namespace, name: key.name)
    }
}
