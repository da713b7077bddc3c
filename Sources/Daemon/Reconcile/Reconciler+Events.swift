import Addressing
import Allocation
import Kubernetes
import Ownership

extension Reconciler {
    /// What users see, by `kubectl describe service`, of a change on the segment: events on each
    /// Service that holds the address, from the node that answers for it.
    func events(for report: OwnershipReport) -> [ServiceEvent] {
        switch report {
        case .addressChanged(let status):
            guard status.isAnnounced, status.owner == configuration.node else { return [] }
            return events(
                .addressAnnounced, on: status.address,
                "\(configuration.node) answers for \(status.address)")
        case .conflict(let address, let foreign, let link, _):
            let interface = segment.links.link(index: link)?.name ?? "link \(link)"
            return events(
                .addressConflict, on: address,
                "\(foreign) uses \(address) on \(interface); give that host another address")
        case .wireAlarm(let address, let alarm?):
            return alarm.intruders.flatMap { intruder in
                events(
                    .addressConflict, on: address,
                    "\(intruder) answers for \(address); give that host another address")
            }
        case .addressForgotten, .memberChanged, .probeFinished, .deafChanged, .duplicateName,
            .ownNodeMissing, .keptForLackOfSuccessor, .everyNodeExcluded, .ranLate, .unsteady,
            .wireAlarm, .unheard:
            return []
        }
    }

    private func events(
        _ reason: ServiceEvent.Reason, on address: IPAddress, _ message: String
    ) -> [ServiceEvent] {
        addressBook.services(holding: address).compactMap { name in
            cluster.services.objects[name].map {
                ServiceEvent(
                    service: ServiceKey(name), uid: $0.metadata.uid, reason: reason,
                    message: message)
            }
        }
    }
}
