import Addressing
import Timing

/// What changed and why, for status, history, events and logs.
package enum OwnershipReport: Hashable, Sendable {
    /// The state, owner or epoch of an address changed in this node's eyes.
    case addressChanged(AddressStatus)
    /// The address is known no more.
    case addressForgotten(IPAddress)
    case memberChanged(MemberStatus)
    case probeFinished(IPAddress, ProbeResult)
    /// Somebody who is no node uses an address that this node answers for; `defended` at most
    /// once in 10 s.
    case conflict(IPAddress, foreign: LinkAddress, link: Int32, defended: Bool)
    /// No frame of any other host arrives on the link; `false`: it does again.
    case deafChanged(link: Int32, isDeaf: Bool)
    /// Another node goes by this node's name, and everything was yielded; `false`: it was not heard
    /// for a minute.
    case duplicateName(Bool)
    /// This node's own Node object is missing (`true`) or back; it drains itself meanwhile.
    case ownNodeMissing(Bool)
    /// A node that gives an address away kept it, for nobody came for it.
    case keptForLackOfSuccessor(IPAddress)
    /// Every node is excluded from this address (said once per change).
    case everyNodeExcluded(IPAddress)
    /// This node's loop ran late by so much; it accuses nobody until it has heard its peers.
    case ranLate(by: Duration)
    /// This node's loop ran late again and again, and it offers its addresses to steadier nodes;
    /// `false`: it has had time enough for a while.
    case unsteady(Bool)
    /// Who answered on the wire is not who owns the address; nil: it is again, or it has another
    /// owner.
    case wireAlarm(IPAddress, WireAlarm?)
    /// Other nodes did not hear this node answer, and it gave away what they could not reach;
    /// `false`: it may be given addresses again.
    case unheard(Bool)
}

/// One address as this node sees it.
package struct AddressStatus: Hashable, Sendable {
    package var address: IPAddress
    package var state: AddressState
    /// The node that answers, when known.
    package var owner: String?
    package var epoch: UInt32
    package var cause: OwnershipCause
    package var since: Instant

    package init(
        address: IPAddress, state: AddressState, owner: String?, epoch: UInt32,
        cause: OwnershipCause, since: Instant
    ) {
        self.address = address
        self.state = state
        self.owner = owner
        self.epoch = epoch
        self.cause = cause
        self.since = since
    }
}

/// Legal transitions: any to any, for each follows from facts of others.
package enum AddressState: Hashable, Sendable {
    /// Somebody answers: `owner`.
    case announced
    /// Nobody answers, because of the reason.
    case unowned(UnownedReason)
}

/// Why nobody answers for an address.
package enum UnownedReason: String, Hashable, Sendable {
    case noEndpoints = "NoEndpoints"
    case noCommonNode = "NoCommonNode"
    /// Somebody may hold it, but no such node is alive, or it is about to claim.
    case noCandidate = "NoCandidate"
    /// The pool is not announced.
    case notAnnounced = "NotAnnounced"
    /// Another host uses it, and its owner yields to that.
    case conflict = "Conflict"
    /// No link of this node can announce it, and no other node does.
    case noLink = "NoLink"
}

/// Why an address came to be owned as it is: the closed list of causes of a move.
package enum OwnershipCause: String, Hashable, Sendable, CaseIterable {
    /// Nobody owned it.
    case claimedFree
    /// Its owner was called dead.
    case ownerDead
    /// Its owner restarted and no longer claims it.
    case ownerRestarted
    /// Its owner offered it: drained, leaving, not eligible or rebalancing.
    case handedOver
    /// Its owner, cut off from the API, may not hold it.
    case overruled
    /// Two claimed it and the higher rank stayed.
    case rivalWon
    /// The owner stopped: no successor came for what it may not hold.
    case withdrawn
    /// The address was deleted.
    case released
    /// A peer's hello says so.
    case heard
    /// Nothing but the facts of the API changed.
    case factsChanged
}

/// One node as this node sees it.
package struct MemberStatus: Hashable, Sendable {
    package var node: String
    package var state: MemberState
    package var link: Int32
    /// Nil when it was never heard.
    package var lastHeard: Instant?
    /// Addresses that it claims.
    package var addresses: Int
    /// Its pool set is not ours.
    package var poolsDiffer: Bool
    /// Others did not hear it answer on the wire.
    package var isUnheard: Bool

    package init(
        node: String, state: MemberState, link: Int32, lastHeard: Instant?, addresses: Int,
        poolsDiffer: Bool, isUnheard: Bool = false
    ) {
        self.node = node
        self.state = state
        self.link = link
        self.lastHeard = lastHeard
        self.addresses = addresses
        self.poolsDiffer = poolsDiffer
        self.isUnheard = isUnheard
    }
}

/// alive → suspect → dead or alive; alive → leaving → alive (restarted); dead → alive.
package enum MemberState: String, Hashable, Sendable {
    case alive, suspect, dead, leaving
}

/// What became of asking the wire for an address before its first use.
package enum ProbeResult: Hashable, Sendable {
    /// Three probes, no answer.
    case free
    /// A host that is no node answered.
    case taken(LinkAddress)
    /// No running link announces the address: it could not be probed.
    case noLink
}
