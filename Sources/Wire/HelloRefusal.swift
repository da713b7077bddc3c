/// Why a datagram on the hello port is not a hello of a peer; each is counted.
package enum HelloRefusal: String, Error, Hashable, Sendable, CaseIterable {
    /// A field holds what it may not hold, or bytes are left over.
    case malformed
    /// It ends before its last field does.
    case truncated
    /// Its HMAC is wrong.
    case forged
    /// Its sequence is not new in its incarnation, or its incarnation is old.
    case replayed
    /// Its cluster tag is not ours.
    case foreignCluster
    /// It was not sent with TTL or hop limit 255 by a neighbour (RFC 5082).
    case wrongHopLimit
    /// Its source is no peer's address.
    case unknownPeer
    /// No key of ours has its key id.
    case otherKey
}
