import Addressing
import Allocation
import Kubernetes
import Timing

extension ServiceStatusPatch {
    /// The one PATCH that makes `service` show `decision`: ingress, condition and annotation
    /// together, on the version that was decided on.
    ///
    /// Entries without an `ip`, foreign ones, and unknown fields of entries that stay, survive; so
    /// does what another load balancer wrote on a Service that is given up. A Service of
    /// another type may only be told `ingress: null`. The condition's transition time moves only
    /// when its status does (Kubernetes API conventions, "Typical status properties").
    init(
        _ decision: ServiceDecision, on service: Kubernetes.Service, at time: WallTime
    ) {
        self.init(resourceVersion: service.metadata.resourceVersion)
        ingress = Self.ingress(decision.addresses, on: service) { entry in
            (try? IPAddress(entry.ip)).map(decision.foreign.contains) ?? true
        }
        annotations = [ShownAllocation.allocatedFromAnnotation: decision.allocatedFrom]
        let type = AllocationCondition.type
        guard let wanted = decision.condition else {
            removedConditions = [type]
            return
        }
        let known = service.status.conditions.first { $0.type == type }
        let since = known?.status == wanted.status ? known?.lastTransitionTime : nil
        conditions = [
            Condition(
                type: type, status: wanted.status, reason: wanted.reason.rawValue,
                message: wanted.message,
                lastTransitionTime: since
                    ?? Time(secondsSince1970: time.microseconds / 1_000_000))
        ]
    }

    private static func ingress(
        _ addresses: [IPAddress], on service: Kubernetes.Service,
        keeping isKept: (LoadBalancerIngress) -> Bool
    ) -> Ingress {
        let shown = service.status.ingress
        let entries = addresses.map { address in
            shown.first { (try? IPAddress($0.ip)) == address }
                ?? LoadBalancerIngress(ip: "\(address)")
        }
        let all = entries + shown.filter(isKept)
        guard service.spec.type == "LoadBalancer", !all.isEmpty else { return .none }
        return .entries(all)
    }
}
