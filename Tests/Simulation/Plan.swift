import Ownership
import Timing

/// One run of the world: who is there, how the network is, and what goes wrong when.
///
/// A plan and nothing else decides a run; its text form is the head of a scenario file.
package struct Plan: Hashable, Sendable {
    /// What the story is about; comment lines of the text form.
    package var title: [String] = []
    package var nodes = 3
    package var addresses = 6
    package var links = 1
    package var profile = Profile.normal
    package var bothFamilies = false
    /// Of the network and of every delay that is drawn.
    package var seed: UInt64 = 1
    package var lossPerMillion = 0
    package var duplicatesPerMillion = 0
    package var spikesPerMillion = 0
    /// Nodes start at random moments within this time.
    package var startSpread: Duration = .milliseconds(20)
    /// Nodes that start only by a `start`, by index.
    package var absent: [Int] = []
    /// Addresses that exist only after an `add`, by number.
    package var unallocated: [Int] = []
    /// Longest usual delay of a watch event.
    package var watchDelay: Duration = .milliseconds(20)
    /// Clocks are wrong by up to this much.
    package var clockErrorPerMillion: Int64 = 0
    /// The segment loop is late by up to this much, now and then.
    package var lateness: Duration = .microseconds(200)
    /// How often clients ask for each address by broadcast, beside what their caches do.
    package var askEvery: Duration?
    /// How often nodes ask the wire for each other's addresses; absent: never.
    package var wireTruth: Duration?
    /// `onConflict` of every node.
    package var onConflict = ConflictPolicy.defend
    package var faults: [Fault] = []
    /// After settling every node is told to rebalance.
    package var rebalances = false
    /// `rebalance: auto` on every node.
    package var rebalancesByItself = false
    /// From calm until everything must be as it should.
    package var settling = Plan.settlingTime
    /// Absent: as long as the checkers need.
    package var end: Moment?

    package init() {}

    package enum Profile: String, Hashable, Sendable, CaseIterable {
        case fast, normal, cautious

        package var hello: HelloProfile {
            switch self {
            case .fast: .fast
            case .normal: .normal
            case .cautious: .cautious
            }
        }
    }

    /// Nodes under whose name a second host starts, in the order of the faults.
    package var twins: [Int] { faults.filter { $0.verb == .twin }.compactMap(\.nodes.first) }

    /// What a story calls a node: a second host of one name has a mark.
    package func name(_ node: Int) -> String {
        guard node >= nodes, node - nodes < twins.count else { return Names.node(node) }
        return Names.node(twins[node - nodes]) + "'"
    }

    /// When every node that the plan starts at once has its share.
    package var started: Moment {
        Moment.zero + startSpread + profile.hello.detectionTime * 4 + watchDelay
    }

    /// When every fault is over; a plan without faults begins to settle once all have started.
    package var calm: Moment {
        faults.map(\.end).max().map { max($0, started) } ?? started
    }

    /// When everything must be as it should: the bound of the liveness checkers.
    package var settled: Moment { calm + settling + profile.hello.detectionTime * 4 }

    /// When the spread must be even; equals `settled` without rebalancing. By itself every most loaded
    /// node gives one address away in 20 periods.
    package var balanced: Moment {
        rebalances || rebalancesByItself ? settled + rebalancing : settled
    }

    /// How long evening out may take.
    package var rebalancing: Duration {
        let periods = (rebalancesByItself ? 24 : 4) * addresses
        return profile.hello.period * periods + .seconds(1)
    }

    /// Owners may yield addresses to a foreign host.
    package var yields: Bool { onConflict == .yield && faults.contains { $0.verb == .usurp } }

    /// When what was yielded must be answered for again, whatever befell its owner meanwhile; equals
    /// `settled` where nothing is yielded.
    package var reclaimed: Moment { yields ? settled + Bounds(self).reclaim : settled }

    /// From here to the end nothing but refreshes is sent.
    package var quiet: Moment { max(balanced, reclaimed) + Self.burstTime }

    package var until: Moment { end ?? quiet + Self.quietTime }

    /// The 2 s that a deletion blocks an address, the 2 s of a complete claim table, and a second.
    package static let settlingTime: Duration = .seconds(5)
    /// The announcement schedule ends after 4 s.
    package static let burstTime: Duration = .milliseconds(4_500)
    package static let quietTime: Duration = .seconds(2)
}
