import Addressing
import Timing
import Wire

// Where hellos go and come from.
extension Ownership {
    mutating func takePeers(_ list: [PeerNode]) {
        for node in peers.indices { peers[node].nodeAddresses = [] }
        for peer in list {
            let node = demandNode(peer.name)
            peers[node].nodeAddresses = peer.addresses
        }
        areTargetsDirty = true
        guard !arePeersTold else { return }
        arePeersTold = true
        if list.contains(where: { $0.name != configuration.node }) { gate.listenAnew() }
    }

    /// Whether a datagram from `source` on `link` is worth an HMAC: the source is a peer's address,
    /// or that of another host that may go by this node's name.
    ///
    /// Any neighbour's address is while the view may lack a peer that holds addresses, for without
    /// its hellos both would answer until the API tells: while the view is stale; while this node
    /// hears nobody; and while a peer hears a node that this one does not. A Node object that
    /// was deleted leaves its daemon serving until its own watch says so.
    package func acceptsHello(from source: IPAddress, on link: Int32) -> Bool {
        guard let index = segmentIndex(link) else { return false }
        if Self.contains(segments[index].targets, source)
            || Self.contains(segments[index].namesakes, source)
        {
            return true
        }
        guard view.isLoaded, !view.isFresh || segments[index].mayMissPeers else { return false }
        let own = segments[index].interfaceAddresses
        return own.contains { $0.prefix.contains(source) } && !isOwnAddress(source)
    }

    /// The addresses are in ascending order.
    private static func contains(_ addresses: [IPAddress], _ wanted: IPAddress) -> Bool {
        let index = addresses.firstIndex(notBefore: { $0 < wanted })
        return index < addresses.count && addresses[index] == wanted
    }

    /// Peers on a link: Node InternalIPs within its prefixes, addresses that peers state on any
    /// link, those of the configuration, and every source of a hello while its sender is live. Of a
    /// node with addresses of both families only those of IPv4: to be told twice would be no more.
    mutating func findTargets() {
        guard areTargetsDirty else { return }
        areTargetsDirty = false
        let known = nodes.peerIndexes.map { peers[$0].nodeAddresses + peers[$0].addresses }
        for index in segments.indices {
            let own = segments[index].interfaceAddresses
            func near(_ addresses: [IPAddress]) -> [IPAddress] {
                addresses.filter { address in own.contains { $0.prefix.contains(address) } }
            }
            let nearby = known.flatMap { Self.preferred(near($0)) } + near(configuration.peers)
            let heard = segments[index].members.compactMap { member in
                member.flatMap { $0.isLive ? $0.source : nil }
            }
            let targets = Set(nearby + heard)
            segments[index].targets = targets.filter { !isOwnAddress($0) }.sorted()
            let named = peers[NodeDirectory.ownIndex].nodeAddresses.filter { address in
                own.contains { $0.prefix.contains(address) }
            }
            segments[index].namesakes = Set(named).subtracting(targets)
                .filter { !isOwnAddress($0) }.sorted()
        }
    }

    private static func preferred(_ addresses: [IPAddress]) -> [IPAddress] {
        let ipv4 = addresses.filter { $0.family == .ipv4 }
        return ipv4.isEmpty ? addresses : ipv4
    }
}
