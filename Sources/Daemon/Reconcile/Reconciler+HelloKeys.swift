import Kubernetes
import Ownership
import Timing
import Wire

// The keys of hellos: without them nothing is told to the segment loop, so nothing is claimed.
extension Reconciler {
    mutating func helloKeysRead(_ secrets: [[UInt8]], at now: Instant) {
        helloKeyProblem = nil
        helloKeys.read(secrets, at: now)
    }

    /// Hands over the keyring whenever it changed; with the first, what waited for it.
    mutating func tellKeys(at now: Instant) -> [ReconcilerEffect] {
        let isFirst = helloKeys.choice == nil
        guard helloKeys.update(at: now), let keyring = helloKeys.choice?.keyring else { return [] }
        return [.useKeyring(keyring)] + (helloKeys.saved.map { [.saveKeys($0)] } ?? [])
            + [.note(.helloKeysChanged(keyring.keys.map(\.id)))] + (isFirst ? tellPeers() : [])
    }

    /// Who is on the segments, before anything that there is to claim.
    func tellPeers() -> [ReconcilerEffect] {
        guard cluster.nodes.isSynced, helloKeys.choice != nil else { return [] }
        let isPresent = cluster.nodes.objects[NamespacedName(name: configuration.node)] != nil
        return [
            .tellSegment(.peersChanged(cluster.peers(of: configuration.node))),
            .tellSegment(.ownNodePresent(isPresent)),
        ]
    }
}
