import Addressing

/// Our own fixed 64-bit hash: the same on every machine, in every process and release.
///
/// FNV-1a over the bytes, then a finalizer that spreads every input bit (Steele, Lea, Flood,
/// "Fast splittable pseudorandom number generators", 2014). Not for secrets.
package enum StableHash {
    package static func of(_ text: String) -> UInt64 {
        mixed(text.utf8.reduce(offsetBasis) { ($0 ^ UInt64($1)) &* prime })
    }

    package static func of(_ address: IPAddress) -> UInt64 {
        let family: UInt64 = address.family == .ipv4 ? 4 : 6
        let bits = address.bits
        let high = mixed(UInt64(truncatingIfNeeded: bits >> 64) ^ family)
        return mixed(UInt64(truncatingIfNeeded: bits) ^ high)
    }

    /// The value of a node for an address; the higher wins. Depends on the two names alone.
    package static func rendezvous(address: UInt64, node: UInt64) -> UInt64 {
        rendezvous(address: address, share: share(ofNode: node))
    }

    /// What a node brings to its value for every address.
    @inlinable
    package static func share(ofNode node: UInt64) -> UInt64 { mixed(node) }

    @inlinable
    package static func rendezvous(address: UInt64, share: UInt64) -> UInt64 {
        mixed(address ^ share)
    }

    @inlinable
    package static func mixed(_ value: UInt64) -> UInt64 {
        var bits = value &+ 0x9E37_79B9_7F4A_7C15
        bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
        return bits ^ bits >> 31
    }

    private static let offsetBasis: UInt64 = 0xCBF2_9CE4_8422_2325
    private static let prime: UInt64 = 0x0000_0100_0000_01B3
}

/// A hash of a set of claims that does not depend on their order and follows one change in one
/// step.
package struct ClaimDigest: Hashable, Sendable {
    package private(set) var count: UInt32 = 0
    package private(set) var sum: UInt64 = 0

    package init() {}

    /// The claim must not be in the set.
    package mutating func insert(_ claim: Hello.Claim, addressHash: UInt64) {
        count += 1
        sum &+= Self.term(claim, addressHash)
    }

    /// The claim must be in the set.
    package mutating func remove(_ claim: Hello.Claim, addressHash: UInt64) {
        precondition(count > 0, "no claim is left to remove: \(claim)")
        count -= 1
        sum &-= Self.term(claim, addressHash)
    }

    private static func term(_ claim: Hello.Claim, _ addressHash: UInt64) -> UInt64 {
        var marks: UInt64 = (claim.isStrong ? 2 : 0) | (claim.isOffered ? 1 : 0)
        if claim.isWithheld { marks |= 1 << 34 }
        return StableHash.mixed(addressHash ^ StableHash.mixed(UInt64(claim.epoch) << 2 | marks))
    }
}
