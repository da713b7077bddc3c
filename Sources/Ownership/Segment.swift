import Addressing
import Timing
import Wire

/// One link of this node that announces, and the nodes that are heard on it.
struct Segment: Sendable {
    let link: Int32
    var linkAddress: LinkAddress
    var interfaceAddresses: [Link.InterfaceAddress]
    var isRunning: Bool
    /// `Link.timesDown`, as it was last.
    var timesDown: UInt32
    /// Members by `NodeDirectory` index; nil: never heard here.
    var members: [Member?] = []
    /// What each of them said of each node, by `NodeDirectory` indexes: beside the members, which
    /// are copied all the time and are cheap to copy without.
    var opinions: [[Member.Opinion]] = []
    var readiness: Readiness
    var schedule: AnnouncementSchedule
    /// When a frame or hello of any other host last arrived.
    var lastForeignFrame: Instant?
    var isDeaf = false
    /// When the wire was last asked who is there.
    var askedAt: Instant?
    /// When that question was last asked again.
    var repeatedAt: Instant?
    /// When the silences are to be judged next.
    var checkDue: Instant?
    /// Until then this node's own loop is not sure of the silence of unsure members.
    var unsureUntil: Instant?
    /// Where hellos go, ascending: the peers' addresses on this link.
    var targets: [IPAddress] = []
    /// Addresses on this link that this node's own Node object names and that are not its own,
    /// ascending: a second host may go by its name.
    var namesakes: [IPAddress] = []
    /// Where in the addresses the next page of claims begins.
    var pageCursor: IPAddress?
    /// Where, among the tags of those that are heard, the next hello that cannot hold all goes on.
    var heardCursor: UInt64 = 0
    /// No new claim before: peers that were silent are heard again one after another.
    var holdsUntil: Instant?
    /// When a peer was last heard that was new here or had not been heard lately.
    var stirredAt: Instant?
    /// The flags that were last said here.
    var saidFlags: Hello.Flags?

    /// Whether the link may answer, announce and claim.
    enum Readiness: Hashable, Sendable {
        case ready
        /// After a start, a pause or the link's coming up (rule 11): until the instant, or until
        /// each of these nodes, if there are any, has answered to something said since.
        case listening(since: Instant, until: Instant, for: NodeSet?)
    }

    init(
        _ link: Link, schedule: AnnouncementSchedule, listensSince now: Instant, until: Instant
    ) {
        self.link = link.index
        linkAddress = link.address
        interfaceAddresses = link.interfaceAddresses
        isRunning = link.isRunning
        timesDown = link.timesDown
        self.schedule = schedule
        readiness = .listening(since: now, until: until, for: nil)
    }

    // Inlined, for a call on an element of an array copies the whole segment.

    /// It answers, announces and claims.
    @inline(__always)
    var isReady: Bool { isRunning && readiness == .ready }

    @inline(__always)
    func member(_ node: Int) -> Member? { node < members.count ? members[node] : nil }

    @inline(__always)
    func isHeard(_ node: Int) -> Bool { member(node)?.isHeard ?? false }

    /// Peers are heard that once heard this node, and none of them does now: what it claimed nobody
    /// would learn. Deaf peers are no witnesses, nor are those that never knew this incarnation.
    var isMute: Bool {
        let witnesses = members.filter { member in
            member.map { $0.isHeard && $0.knowsUs && !$0.isDeaf } ?? false
        }
        return !witnesses.isEmpty && !witnesses.contains { $0?.hearsUs ?? false }
    }

    /// A peer was heard here at some time.
    @inline(__always)
    var hasMembers: Bool { members.contains { $0 != nil } }

    /// No peer is heard.
    @inline(__always)
    var isAlone: Bool { !members.contains { $0?.isHeard ?? false } }

    /// Nobody is heard, or somebody hears a node that is not heard here.
    var mayMissPeers: Bool {
        isAlone || members.contains { $0.map { $0.isHeard && $0.hearsMore } ?? false }
    }

    /// Begins to listen again, for every node that is live now; nothing is known of any silence.
    mutating func listen(since now: Instant, until: Instant) {
        var awaited = NodeSet()
        for node in members.indices where members[node]?.isLive ?? false {
            awaited.insert(node)
            members[node]?.isUnsure = true
        }
        readiness = .listening(since: now, until: until, for: awaited.isEmpty ? nil : awaited)
    }

    /// Ends the listening when its time has come. True when it just ended.
    mutating func becomesReady(at now: Instant) -> Bool {
        guard isRunning, case .listening(_, let until, let awaited) = readiness else {
            return false
        }
        guard now >= until || awaited?.isEmpty ?? false else { return false }
        readiness = .ready
        return true
    }
}
