import Allocation
import Kubernetes
import Ownership
import PoolFile
import Timing

// What is known while the API has not answered yet, and what is kept for such a start.
extension Reconciler {
    /// Tells the segment loop, marked stale, what the API said before the start, if it does not
    /// answer now. Addresses that no pool covers any more are left out.
    mutating func recall(at now: Instant) -> [ReconcilerEffect] {
        guard !cluster.isSynced else {
            recollection.drop()
            return []
        }
        guard let pools, helloKeys.choice != nil,
            let known = recollection.use(at: now, isAway: cluster.isInterrupted)
        else { return [] }
        let addresses = known.addresses.compactMap { pools.pools.covering($0) }
        addressBook.recall(addresses)
        staleSince = now
        var effects: [ReconcilerEffect] = []
        if !cluster.nodes.isSynced {
            let isPresent = known.nodes.contains { $0.name == configuration.node }
            effects = [
                .tellSegment(.peersChanged(known.nodes)), .tellSegment(.ownNodePresent(isPresent)),
            ]
        }
        return effects + [
            .tellSegment(.viewLoaded(addresses.map(\.facts), isFresh: false)),
            .note(.lastKnownUsed(addresses: addresses.count)),
        ]
    }

    /// Keeps what is known now, if it changed.
    mutating func remember(at now: Instant) -> [ReconcilerEffect] {
        guard cluster.isSynced, recollection.isSaveDue(at: now) else { return [] }
        let addresses = addressBook.facts.values.sorted { $0.address < $1.address }.map { facts in
            LastKnown.Address(facts, services: addressBook.services(holding: facts.address))
        }
        let current = LastKnown(
            addresses: addresses, nodes: cluster.peers(of: configuration.node))
        return recollection.save(current).map { [.saveLastKnown($0)] } ?? []
    }
}

extension PoolSet {
    /// The address as its pool announces it now; nil when none covers it.
    fileprivate func covering(_ known: LastKnown.Address) -> LastKnown.Address? {
        guard let policy = pool(containing: known.facts.address)?.announce else { return nil }
        var facts = known.facts
        facts.interfaces = policy.interfaces
        facts.isAnnounced = policy.isEnabled
        return LastKnown.Address(facts, services: known.services)
    }
}
