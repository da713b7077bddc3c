import Addressing
import Timing
import Wire

/// What a node says of itself on whatever link it is heard; by `NodeDirectory` index.
struct Peer: Sendable {
    var incarnation: UInt32 = 0
    /// The sequence of its newest hello on any link.
    var newestSequence: UInt64 = 0
    /// Its hellos name this node's incarnation: they are no replay.
    var echoesUs = false
    var flags: Hello.Flags = []
    var addresses: [IPAddress] = []
    var poolSetHash: UInt64 = 0
    /// Addresses from its Node object.
    var nodeAddresses: [IPAddress] = []
    /// Its claims as it counts them itself.
    var statedCount: UInt32 = 0
    var statedDigest: UInt64 = 0
    /// Its claims as this node holds them.
    var held = ClaimDigest()
    /// The slots of those.
    var claimed: Set<Int> = []
    /// Since when its claims are known in part only; nil: whole.
    var incompleteSince: Instant?

    /// Every claim of it is known.
    var isTableComplete: Bool {
        held.count == statedCount && held.sum == statedDigest
    }

    /// Its flags let it be given addresses.
    var isServing: Bool { Self.isServing(flags) }

    static func isServing(_ flags: Hello.Flags) -> Bool {
        flags.contains(.serving) && flags.isDisjoint(with: .takingNothing)
    }
}
