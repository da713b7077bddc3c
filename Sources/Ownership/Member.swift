import Addressing
import Timing
import Wire

/// A node that was heard on one link of ours.
///
/// live → suspect (silent for its D) → live (heard) or dead (the voters agree) → live (heard).
struct Member: Sendable {
    var lastHeard: Instant
    var incarnation: UInt32
    var lastSequence: UInt64
    /// Its own period and misses: it is judged by those.
    var profile: HelloProfile
    var linkAddress: LinkAddress
    /// Where its last hello came from, and so where ours go.
    var source: IPAddress
    var isLive = true
    var isSuspect = false
    /// This node's own loop ran late since it was last heard: nothing is known about its silence.
    var isUnsure = false
    /// The wire was asked about its silence since this hello of it.
    var askedAfter: Instant?
    /// It said goodbye.
    var hasLeft = false
    /// It says that no frame of any host reaches it, and that it hears no peer.
    var isDeaf = false
    /// It has named this node's incarnation.
    var knowsUs = false
    /// It says that it heard this node within this node's D.
    var hearsUs = false
    /// Its last hello named a node, heard within D, that is not heard here.
    var hearsMore = false
    /// It says that it heard this node as lately as 5 % loss allows.
    var hearsUsFreshly = false
    /// It says that its loop ran late: it has no vote.
    var abstains = false

    /// What a voter last said of a node.
    struct Opinion: Hashable, Sendable {
        /// Nil: it abstains, or never spoke of the node.
        var age: Duration?
        var incarnation: UInt32 = 0
        var saidAt = Instant.zero
    }

    init(_ hello: Hello, from source: IPAddress, at now: Instant) {
        lastHeard = now
        incarnation = hello.incarnation
        lastSequence = hello.sequence
        profile = hello.profile
        linkAddress = hello.linkAddress
        self.source = source
    }

    /// Silence that makes it suspect has passed.
    var suspectAt: Instant { lastHeard + profile.detectionTime }

    /// It counts as a voter, a candidate and an owner.
    var isHeard: Bool { isLive && !isSuspect }

    /// It is heard as well as 5 % loss allows: counted for a strong claim.
    func isFresh(at now: Instant) -> Bool {
        isLive && now - lastHeard <= profile.freshTime
    }
}

extension Hello {
    /// The sender's profile is this one.
    func states(_ profile: HelloProfile) -> Bool {
        Int(misses) == profile.misses && Int64(periodMilliseconds) == profile.periodMilliseconds
    }

    /// The sender's profile; the parser has checked the limits.
    var profile: HelloProfile {
        HelloProfile(
            period: .milliseconds(Int64(min(max(periodMilliseconds, 1), 10_000))),
            misses: Int(min(max(misses, 3), 50)))
    }
}
