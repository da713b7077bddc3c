import Addressing

/// What a node says to its peers on one link, several times a second: that it is alive, whom it
/// hears, and what it answers for.
///
/// The datagram that carries it is `HelloDatagram`; cluster, key and version belong to that.
package struct Hello: Hashable, Sendable {
    /// The sender's node name, 1 to 253 bytes.
    package var node: String
    /// Grows with every start of the sender.
    package var incarnation: UInt32
    /// Grows with every hello of one incarnation, over all links.
    package var sequence: UInt64
    /// The sender's own period, 1 to 10,000 ms.
    package var periodMilliseconds: UInt16
    /// The sender's own misses, 3 to 50.
    package var misses: UInt8
    package var flags: Flags
    /// The sender's interface address on this link.
    package var linkAddress: LinkAddress
    /// The sender's addresses on all its announcing links, at most `addressesMax`.
    package var addresses: [IPAddress]
    /// The hash of the sender's pool set; 0 before it is loaded.
    package var poolSetHash: UInt64
    /// Whom the sender hears on this link; those longest silent first when not all fit.
    package var heard: [Heard]
    /// How many addresses the sender claims, on all links.
    package var claimCount: UInt32
    /// `ClaimDigest` of all of them.
    package var claimDigest: UInt64
    package var claims: [Claim]
    /// In this range every claim of the sender is among `claims`: absence in it is release. Nil:
    /// absence is nothing.
    package var coverage: ClosedRange<IPAddress>?
    /// Claims that the sender gave up lately.
    package var yields: [Yield]
    /// Addresses that are no more, each with the epoch that outranks its last claim.
    package var gone: [Gone]
    /// Claims that won against another that the sender hears too.
    package var vouched: [Vouched]
    /// What the sender found when it asked the wire for addresses of others.
    package var findings: [Finding]

    package init(
        node: String, incarnation: UInt32, sequence: UInt64, periodMilliseconds: UInt16,
        misses: UInt8, flags: Flags = [], linkAddress: LinkAddress, addresses: [IPAddress] = [],
        poolSetHash: UInt64 = 0
    ) {
        self.node = node
        self.incarnation = incarnation
        self.sequence = sequence
        self.periodMilliseconds = periodMilliseconds
        self.misses = misses
        self.flags = flags
        self.linkAddress = linkAddress
        self.addresses = addresses
        self.poolSetHash = poolSetHash
        heard = []
        claimCount = 0
        claimDigest = 0
        claims = []
        coverage = nil
        yields = []
        gone = []
        vouched = []
        findings = []
    }

    /// Every address there is: the coverage of a complete list.
    package static let everything: ClosedRange<IPAddress> =
        .ipv4(.any)...(.ipv6(IPv6Address(bits: .max)))

    package static let nodeBytesMax = 253
    package static let addressesMax = 8
}

extension Hello {
    /// What the sender says of itself.
    package struct Flags: OptionSet, Hashable, Sendable {
        package let rawValue: UInt16

        package init(rawValue: UInt16) {
            self.rawValue = rawValue
        }

        /// It listens and claims nothing yet.
        package static let starting = Flags(rawValue: 1 << 0)
        /// Its view is loaded and its link runs: it is a candidate.
        package static let serving = Flags(rawValue: 1 << 1)
        /// It gives away what it has.
        package static let draining = Flags(rawValue: 1 << 2)
        /// It is about to stop, or (without claims) says goodbye.
        package static let leaving = Flags(rawValue: 1 << 3)
        /// Its view of the API may be out of date.
        package static let stale = Flags(rawValue: 1 << 4)
        /// No frame of any other host reaches it on this link.
        package static let deaf = Flags(rawValue: 1 << 5)
        /// Its loop ran late: its silence about others accuses nobody.
        package static let late = Flags(rawValue: 1 << 6)
        /// The last word of this incarnation.
        package static let goodbye = Flags(rawValue: 1 << 7)
        /// Any of these: what it has is given away.
        package static let givingAll: Flags = [.draining, .leaving]
        /// Any of these: it is to be given nothing.
        package static let takingNothing: Flags = [.starting, .draining, .leaving, .goodbye]
        /// What is true of the hello, or of its link, only.
        package static let ofOneHello: Flags = [.deaf, .late, .routine]
        /// It was told to rebalance: whoever hears it takes part.
        package static let rebalancing = Flags(rawValue: 1 << 8)
        /// Its loop runs late again and again: it offers what a steadier node may have.
        package static let unsteady = Flags(rawValue: 1 << 9)
        /// The hello says nothing new: who has nothing to decide may take it in at leisure.
        package static let routine = Flags(rawValue: 1 << 10)
        /// Others did not hear it answer on the wire, and it gave away what they could not reach.
        package static let unheard = Flags(rawValue: 1 << 11)
        /// Any of these: it is to be given only what no other may have.
        package static let hindering: Flags = [.stale, .unsteady, .unheard]
    }

    /// A peer that the sender knows on the link.
    package struct Heard: Hashable, Sendable {
        /// `StableHash` of the peer's node name.
        package var nodeTag: UInt64
        package var incarnation: UInt32
        /// Milliseconds since the peer's last hello, at most `ageMax`; nil: the sender abstains.
        package var ageMilliseconds: UInt16?

        package init(nodeTag: UInt64, incarnation: UInt32, ageMilliseconds: UInt16?) {
            self.nodeTag = nodeTag
            self.incarnation = incarnation
            self.ageMilliseconds = ageMilliseconds
        }

        /// The longest age that is told apart.
        package static let ageMax: UInt16 = 65_534
    }

    /// "This address is mine": its owner answers for it, unless it says otherwise.
    package struct Claim: Hashable, Sendable {
        package var address: IPAddress
        package var epoch: UInt32
        /// Its maker heard most of the nodes when it claimed.
        package var isStrong: Bool
        /// It is given away: others treat the address as free and the sender as no candidate.
        package var isOffered: Bool
        /// A host that is no node uses the address and the sender yields to it: nobody answers.
        package var isWithheld: Bool

        package init(
            _ address: IPAddress, epoch: UInt32, isStrong: Bool, isOffered: Bool = false,
            isWithheld: Bool = false
        ) {
            self.address = address
            self.epoch = epoch
            self.isStrong = isStrong
            self.isOffered = isOffered
            self.isWithheld = isWithheld
        }
    }

    package struct Yield: Hashable, Sendable {
        package var address: IPAddress
        /// The epoch of the claim that was given up.
        package var epoch: UInt32

        package init(_ address: IPAddress, epoch: UInt32) {
            self.address = address
            self.epoch = epoch
        }
    }

    package struct Gone: Hashable, Sendable {
        package var address: IPAddress
        package var epoch: UInt32

        package init(_ address: IPAddress, epoch: UInt32) {
            self.address = address
            self.epoch = epoch
        }
    }

    package struct Vouched: Hashable, Sendable {
        package var address: IPAddress
        package var epoch: UInt32
        package var isStrong: Bool
        /// `StableHash` of the winner's node name.
        package var ownerTag: UInt64

        package init(_ address: IPAddress, epoch: UInt32, isStrong: Bool, ownerTag: UInt64) {
            self.address = address
            self.epoch = epoch
            self.isStrong = isStrong
            self.ownerTag = ownerTag
        }
    }

    /// "I asked the wire for this address, which that claim says is answered for."
    package struct Finding: Hashable, Sendable {
        package var address: IPAddress
        /// Of the claim.
        package var epoch: UInt32
        /// Its owner answered; else nobody did.
        package var isAnswered: Bool

        package init(_ address: IPAddress, epoch: UInt32, isAnswered: Bool) {
            self.address = address
            self.epoch = epoch
            self.isAnswered = isAnswered
        }
    }
}
