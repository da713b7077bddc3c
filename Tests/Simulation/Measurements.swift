import Addressing
import Ownership
import Timing
import Wire

/// What a run, or many runs together, measured; durations in nanoseconds.
package struct Measurements: Sendable {
    private let profile: Plan.Profile
    private let calm: Moment
    /// From a node's death to the first announcement by another, per address it answered for.
    package private(set) var outage = Distribution()
    /// While an address that was owned before had no owner, and was not yielded to a foreign host.
    package private(set) var dark = Distribution()
    package private(set) var overlaps: [Overlap.Kind: Distribution] = [:]
    /// From the end of all faults to the last change of an owner or a claim, per run.
    package private(set) var convergence = Distribution()
    /// From the end of all faults to the last change of a client's cache, per run.
    package private(set) var cachesRight = Distribution()
    /// Addresses that went from one node to another, per run.
    package private(set) var moves = Distribution()
    /// Per node and second.
    package private(set) var helloRate = Distribution()
    package private(set) var byteRate = Distribution()
    /// A live node that no fault befell was called dead.
    package private(set) var falseVerdicts = 0
    /// A node began to answer for an address beside a live node that was not giving it away, once
    /// all had started.
    package private(set) var takeovers = 0
    package private(set) var unanswered = 0
    /// Alarms of the wire about owners that no fault ever befell, and alone answered.
    package private(set) var falseAlarms = 0
    package private(set) var runs = 0
    /// What quiet time with losses the runs stand for; see `RandomPlan.Family.quietLoss`.
    package private(set) var representedNodeHours = 0.0
    package private(set) var nodeSeconds = 0
    package internal(set) var helloBytes = 0
    private var deaths: [Int: (node: Int, at: Moment)] = [:]
    private var darkSince: [Int: Moment] = [:]
    /// By address: when several last answered for it.
    private var doubledAt: [Int: Moment] = [:]
    private var moveCount = 0
    private var lastChange = Moment.zero
    private var lastPointer = Moment.zero

    package init(plan: Plan) {
        profile = plan.profile
        calm = plan.calm
        representedNodeHours = RandomPlan.representedNodeHours(plan)
    }

    package mutating func take(_ observation: Observation, _ ledger: Ledger) {
        for overlap in ledger.closedOverlaps {
            overlaps[overlap.kind, default: Distribution()].record(overlap.nanoseconds)
        }
        for overlap in ledger.openOverlaps { doubledAt[overlap.address] = ledger.now }
        for overlap in ledger.closedOverlaps { doubledAt[overlap.address] = ledger.now }
        if let move = ledger.latestMove, move.from != nil { moveCount += 1 }
        switch observation {
        case .faultBegan(let fault) where fault.verb == .kill || fault.verb == .power:
            for node in fault.nodes { noteDeath(node, ledger) }
        case .announced(let node, let address): noteAnnouncement(node, address, ledger.now)
        case .answerBegan(let node, let address):
            lastChange = ledger.now
            noteTakeover(node, address, ledger)
            if let since = darkSince.removeValue(forKey: address) {
                dark.record(ledger.now.nanoseconds - since.nanoseconds)
            }
        case .answerCeased(_, let address):
            lastChange = ledger.now
            let isYielded = ledger.plan.onConflict == .yield && ledger.isUsurped(address)
            if ledger.answering[address].isEmpty, !isYielded { darkSince[address] = ledger.now }
        case .claimStated: lastChange = ledger.now
        case .pointed: lastPointer = ledger.now
        case .reported(_, .memberChanged(let status)) where status.state == .dead:
            noteVerdict(status.node, ledger)
        case .reported(_, .wireAlarm(let address, let alarm?)):
            noteAlarm(address, alarm, ledger)
        case .unanswered: unanswered += 1
        case .reached(.settled): noteSettled(ledger)
        case .reached(.end): noteEnd(ledger)
        default: break
        }
    }

    private mutating func noteDeath(_ node: Int, _ ledger: Ledger) {
        for address in ledger.answering.indices
        where ledger.answering[address].map(\.node) == [node] {
            deaths[address] = (node, ledger.now)
        }
    }

    private mutating func noteAnnouncement(_ node: Int, _ address: Int, _ now: Moment) {
        guard let death = deaths.removeValue(forKey: address), death.node != node else { return }
        outage.record(now.nanoseconds - death.at.nanoseconds)
    }

    private mutating func noteVerdict(_ name: String, _ ledger: Ledger) {
        guard let node = Plan.node(name), !ledger.troubles.isTouched[node],
            !ledger.isStarting[node]
        else { return }
        falseVerdicts += 1
    }

    /// Five questions 300 ms apart, and then some.
    private static let questionsTime: Duration = .seconds(2)

    private mutating func noteAlarm(
        _ address: IPAddress, _ alarm: WireAlarm, _ ledger: Ledger
    ) {
        guard let number = Names.index(of: address), let owner = ledger.owner[number],
            !ledger.troubles.isTouched[owner], !ledger.troubles.isAddressTouched[number]
        else { return }
        switch alarm {
        case .nobodyAnswered, .unheard: falseAlarms += 1
        case .severalAnswered, .foreignAnswered, .wrongNodeAnswered:
            let wereSeveral = doubledAt[number].map { ledger.now < $0 + Self.questionsTime }
            if wereSeveral != true { falseAlarms += 1 }
        }
    }

    private mutating func noteTakeover(_ node: Int, _ address: Int, _ ledger: Ledger) {
        guard ledger.now > ledger.plan.started else { return }
        let isTaken = ledger.answering[address].contains { standing in
            guard standing.node != node else { return false }
            return ledger.claims[standing.node][address].map { !$0.isOffered } ?? false
        }
        if isTaken { takeovers += 1 }
    }

    private mutating func noteSettled(_ ledger: Ledger) {
        convergence.record(max(0, lastChange.nanoseconds - calm.nanoseconds))
        cachesRight.record(max(0, lastPointer.nanoseconds - calm.nanoseconds))
        moves.record(Int64(moveCount))
    }

    private mutating func noteEnd(_ ledger: Ledger) {
        let hellos = ledger.hellosSent.reduce(0, +)
        let seconds = max(1, ledger.now.nanoseconds / 1_000_000_000)
        let nodes = Int64(ledger.nodeCount)
        helloRate.record(Int64(hellos) / seconds / nodes)
        byteRate.record(Int64(helloBytes) / seconds / nodes)
        runs += 1
        nodeSeconds += Int(seconds * nodes)
    }

    package mutating func merge(_ other: Measurements) {
        outage.merge(other.outage)
        dark.merge(other.dark)
        for kind in Overlap.Kind.allCases {
            guard let more = other.overlaps[kind] else { continue }
            overlaps[kind, default: Distribution()].merge(more)
        }
        convergence.merge(other.convergence)
        cachesRight.merge(other.cachesRight)
        moves.merge(other.moves)
        helloRate.merge(other.helloRate)
        byteRate.merge(other.byteRate)
        falseVerdicts += other.falseVerdicts
        unanswered += other.unanswered
        falseAlarms += other.falseAlarms
        takeovers += other.takeovers
        representedNodeHours += other.representedNodeHours
        runs += other.runs
        nodeSeconds += other.nodeSeconds
    }

    /// Two answered for one address without a partition or a hand-over, at a start or a return.
    package var isDoubled: Bool {
        overlaps[.starting] != nil || overlaps[.resumed] != nil
    }

    /// One line a figure: median / p99 / max (count).
    package var lines: [String] {
        var lines = ["outage ms       \(outage.millisecondsLine)"]
        lines.append("dark ms         \(dark.millisecondsLine)")
        for kind in Overlap.Kind.allCases {
            guard let overlap = overlaps[kind] else { continue }
            let name = "both, \(kind.rawValue)"
            let blanks = String(repeating: " ", count: max(1, 16 - name.count))
            lines.append("\(name)\(blanks)\(overlap.millisecondsLine)")
        }
        lines.append("convergence ms  \(convergence.millisecondsLine)")
        lines.append("caches right ms \(cachesRight.millisecondsLine)")
        lines.append("moves a run     \(moves.countsLine)")
        lines.append("hellos /node/s  \(helloRate.countsLine)")
        lines.append("bytes /node/s   \(byteRate.countsLine)")
        lines.append("false verdicts  \(falseVerdicts) in \(nodeSeconds) node-seconds")
        lines.append("unanswered      \(unanswered)")
        lines.append("false alarms    \(falseAlarms)")
        if representedNodeHours > 0 {
            let hours = Int(representedNodeHours)
            lines.append("takeovers       \(takeovers) of live owners in \(hours) node-hours")
        }
        return lines
    }
}
