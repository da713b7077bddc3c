import Addressing
import Timing
import Wire

/// Everything that this node knows about one address.
struct AddressSlot: Sendable {
    let address: IPAddress
    /// `StableHash` of the address.
    let hash: UInt64
    /// Grows with every change of what the placing of free addresses depends on.
    private(set) var revision: UInt64 = 0

    /// What the API says; nil when the view does not have the address.
    var facts: AddressFacts? {
        didSet { revision &+= 1 }
    }
    /// This node's links that announce it, running or not.
    var links: [Int32] = [] {
        didSet { revision &+= 1 }
    }
    /// The nodes that the view allows.
    var allowed = NodeSet() {
        didSet { revision &+= 1 }
    }
    /// Addresses with the same candidates have the same number.
    var group = 0 {
        didSet { revision &+= 1 }
    }
    /// When the view lost it.
    var absentSince: Instant?

    /// This node's own claim.
    var own: OwnClaim? {
        didSet { revision &+= 1 }
    }
    /// After a hand-over: still answered for until then.
    var lingersUntil: Instant?
    /// The peers' claims, live or not.
    var rivals: [RivalClaim] = [] {
        didSet { revision &+= 1 }
    }
    /// The highest epoch heard or made.
    var epochSeen: UInt32 = 0

    /// Since when there is no live claim, while it may be claimed.
    var freeSince: Instant? {
        didSet { if (oldValue == nil) != (freeSince == nil) { revision &+= 1 } }
    }
    /// While it is free and this node a candidate for it.
    var candidacy: Candidacy?
    /// Not to be claimed before: it is said to be gone.
    var block: Block? {
        didSet { revision &+= 1 }
    }
    /// A peer hears its owner, though this node does not.
    var vouchedUntil: Instant?
    /// That owner, as it was last vouched for.
    var vouchedOwner: VouchedOwner?
    /// When a peer last vouched for this node: somebody else claims the address.
    var vouchedForUsAt: Instant?
    var wire = WireQuestion()
    /// A node yielded it to another host, and none has said since that it found it free.
    var isYielded = false

    /// This node lost it to a higher claim and tells those who may not hear the winner.
    var vouched: Vouch?
    /// Records that hellos carry for a while.
    var yielded: TimedEpoch?
    var gone: TimedEpoch?
    /// The peer's yield that was last answered with a burst.
    var yieldAnswered: YieldAnswer?
    /// The epoch of the last `gone` that was heeded or said.
    var goneHeeded: UInt32?

    /// Why its owner is whom it is.
    var cause: OwnershipCause = .factsChanged
    /// What was last reported.
    var status: AddressStatus?

    /// It is this node's, no longer silent and not withheld.
    var isAnsweredFor: Bool { own.map { $0.silentUntil == nil && !$0.isWithheld } ?? false }

    init(_ address: IPAddress) {
        self.address = address
        hash = StableHash.of(address)
    }

    enum Block: Hashable, Sendable {
        case until(Instant)
        /// Until this node's view is fresh and has the address.
        case untilFresh
    }

    struct TimedEpoch: Hashable, Sendable {
        var epoch: UInt32
        var until: Instant
    }

    struct Vouch: Hashable, Sendable {
        var owner: Int
        var claim: Hello.Claim
        var until: Instant
    }

    struct VouchedOwner: Hashable, Sendable {
        let node: Int
        let epoch: UInt32
        let saidAt: Instant
    }

    struct YieldAnswer: Hashable, Sendable {
        var node: Int
        var epoch: UInt32
        /// A record that was not repeated for D is another one when it comes again.
        var lastSaid: Instant
    }

    /// What the wire was asked about the address, and what it said.
    struct WireQuestion: Hashable, Sendable {
        var askedAt: Instant?
        /// When a frame last named a MAC that is not ours for the address.
        var answeredAt: Instant?

        /// It was asked for less than `patience` ago, and nobody has answered.
        func isUnanswered(within patience: Duration, at now: Instant) -> Bool {
            guard let askedAt, now - askedAt < patience else { return false }
            return answeredAt.map { $0 < askedAt } ?? true
        }

        /// What was last reported to be wrong there.
        var alarm: WireAlarm?
        /// It was taken from a node that others did not hear, and is not passed on for that reason
        /// before then.
        var keptUntil: Instant?
    }
}

/// A claim of this node; it is answered for where a link is ready.
struct OwnClaim: Hashable, Sendable {
    var epoch: UInt32
    var isStrong: Bool
    /// It was another candidate's turn before, and that one was not heard since; it is weak.
    var isInStead = false
    var claimedAt: Instant
    /// The wire was asked just before, and nobody answered (rule 4).
    var restsOnSilence = false
    /// Stated, but neither answered for nor announced before then: of several that claim a free
    /// address at one moment, the others learn meanwhile that they lost. Nil: answered for.
    var silentUntil: Instant?
    /// Another host uses the address: stated, so that no other node takes it, and neither answered
    /// for nor announced until probes find it free.
    var isWithheld = false
    /// When and why it was offered; nil: it is held.
    var offer: Offer?

    struct Offer: Hashable, Sendable {
        var since: Instant
        var reason: Reason
        /// That nobody came was said.
        var isReported = false
    }

    enum Reason: Hashable, Sendable {
        /// Drained, leaving, duplicate name or own Node missing.
        case draining
        /// The view forbids it, or no link is there for it.
        case notEligible
        case rebalancing
        /// Its loop runs late again and again, and a steadier node may have it.
        case unsteady
        /// Other nodes do not hear it answer on the wire, and one of them may have it.
        case unheard
    }
}

/// A peer's claim as its last hellos state it.
struct RivalClaim: Hashable, Sendable {
    /// Index in the `NodeDirectory`.
    let node: Int
    var claim: Hello.Claim
    /// This claim was answered with a burst already.
    var isAnswered = false
}
