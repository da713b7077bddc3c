import Addressing
import Ownership
import Timing

/// Nodes with the real `Ownership` values, segments, an API and clients, in virtual time.
///
/// A plan decides everything: one plan, one trace, in every process.
package struct World: Sendable {
    /// What is to happen at a moment.
    enum Occurrence: Sendable {
        case boot(node: Int, generation: Int)
        case exit(node: Int, generation: Int)
        case deadline(node: Int, number: Int)
        case guardCheck(node: Int)
        case hello(to: Int, Letter, link: Int32, from: Int)
        case frame(to: Int, Frame)
        case watch(node: Int, session: Int, revision: Int)
        case list(node: Int, session: Int)
        case lost(node: Int, session: Int)
        case faultBegins(Int)
        case faultEnds(Int)
        case cacheTurn(client: Int, address: Int)
        case use(client: Int, address: Int)
        case usurperSpeaks(address: Int)
        case sample
        case judge(sample: Int)
        case reach(Observation.Stage)
        case sabotage
    }

    package let plan: Plan
    let sabotage: Sabotage?
    package private(set) var now = Moment.zero
    package private(set) var ledger: Ledger
    package private(set) var violations: [Violation] = []
    package private(set) var digest = Digest()
    package private(set) var measurements: Measurements
    package private(set) var story: Story?
    var queue = EventQueue<Occurrence>()
    var network: Network
    var nodes: [Node] = []
    var clients: [Client]
    var api: APIServer
    var generator: Generator
    var samples: [Sample] = []
    /// The names of all nodes of the plan, ascending.
    let everyName: [String]
    /// By address: how many faults have the foreign host answer for it.
    var usurpers: [Int]
    /// Which turns are timed; nil: none.
    var handleWatch: HandleCost.Watch?
    /// What `handle` cost in each of them, in nanoseconds of processor time.
    var handleTimes = Distribution()
    private var checkers: [any Checker]
    private var stormSecond = Moment.zero
    private var stormCount = 0

    /// Clients that use each address: one all the time, one now and then.
    static let clientCount = 2

    package init(
        plan: Plan, checkers: [any Checker] = Checkers.all(), tellsStory: Bool = false,
        sabotage: Sabotage? = nil
    ) {
        self.plan = plan
        self.sabotage = sabotage
        self.checkers = checkers
        everyName = (0..<plan.nodes).map(Names.node).sorted()
        let seed = Generator(seed: plan.seed)
        generator = seed.stream(1)
        let twins = plan.twins
        let nodeCount = plan.nodes + twins.count
        network = Network(
            stations: nodeCount + Self.clientCount + 1, links: plan.links,
            generator: seed.stream(2))
        network.lossPerMillion = plan.lossPerMillion
        network.duplicatesPerMillion = plan.duplicatesPerMillion
        network.spikesPerMillion = plan.spikesPerMillion
        api = APIServer(addresses: plan.addresses, nodes: plan.nodes)
        clients = (0..<Self.clientCount).map { index in
            Client(
                station: nodeCount + index, isBusy: index == 0,
                cache: NeighbourCache(generator: seed.stream(UInt64(16 + index))),
                pending: Array(repeating: .never, count: plan.addresses))
        }
        ledger = Ledger(plan: plan, nodeCount: nodeCount, clients: Self.clientCount)
        usurpers = Array(repeating: 0, count: plan.addresses)
        measurements = Measurements(plan: plan)
        story = tellsStory ? Story(plan: plan) : nil
        for index in 0..<nodeCount {
            let name = Names.node(index < plan.nodes ? index : twins[index - plan.nodes])
            nodes.append(
                Node(index: index, name: name, links: plan.links, clock: drawClock()))
        }
    }

    var nodeCount: Int { nodes.count }
    var foreignStation: Int { nodes.count + Self.clientCount }

    private mutating func drawClock() -> NodeClock {
        let error = plan.clockErrorPerMillion
        return NodeClock(
            origin: Instant(nanoseconds: generator.within(1_000_000_000...1_000_000_000_000)),
            gainPerMillion: error == 0 ? 0 : generator.within(-error...error))
    }

    /// Runs the plan to its end.
    package mutating func run() {
        prepare()
        let end = plan.until
        while let next = queue.nextMoment, next <= end, let (moment, element) = queue.popNext() {
            precondition(moment >= now, "time went back from \(now) to \(moment)")
            now = moment
            occur(element)
            guard !isStorm() else { return }
        }
    }

    /// Nodes that answer each other without end would keep the world at one moment for ever: that
    /// breaks (k), and the run ends.
    private mutating func isStorm() -> Bool {
        if now.nanoseconds >= stormSecond.nanoseconds + 1_000_000_000 {
            stormSecond = now
            stormCount = 0
        }
        stormCount += 1
        let most = Self.occurrencesMax + (plan.nodes + plan.addresses) * plan.nodes * 400
        guard stormCount > most else { return false }
        violations.append(
            ledger.violation("k", "more than \(most) occurrences since \(stormSecond): a storm"))
        return true
    }

    /// In one second, beside what grows with nodes and addresses.
    private static let occurrencesMax = 100_000

    private mutating func prepare() {
        for number in plan.unallocated { change(.addressRemoved(number)) }
        for index in 0..<plan.nodes where !plan.absent.contains(index) {
            let spread = plan.startSpread.nanoseconds
            queue.schedule(
                .boot(node: index, generation: 0),
                at: Moment(nanoseconds: spread == 0 ? 0 : generator.within(0...spread)))
        }
        for (index, fault) in plan.faults.enumerated() {
            queue.schedule(.faultBegins(index), at: fault.at)
        }
        prepareClients()
        prepareSabotage()
        queue.schedule(.reach(.calm), at: plan.calm)
        queue.schedule(.reach(.settled), at: plan.settled)
        queue.schedule(.reach(.balanced), at: plan.balanced)
        queue.schedule(.reach(.quiet), at: plan.quiet)
        queue.schedule(.reach(.end), at: plan.until)
    }

    private mutating func occur(_ occurrence: Occurrence) {
        switch occurrence {
        case .boot(let node, let generation): boot(node, generation)
        case .exit(let node, let generation): exit(node, generation)
        case .deadline(let node, let number): deadline(node, number)
        case .guardCheck(let node): refreshAnswering(node)
        case .hello(let to, let letter, let link, let from):
            arrive(.hello(letter, link: link, from: from), at: to)
        case .frame(let to, let frame): arrive(frame, at: to)
        case .watch(let node, let session, let revision): watch(node, session, revision)
        case .list(let node, let session): list(node, session)
        case .lost(let node, let session): lost(node, session)
        case .faultBegins(let index): begin(plan.faults[index], index)
        case .faultEnds(let index): end(plan.faults[index])
        case .cacheTurn(let client, let address): turnCache(client, address)
        case .use(let client, let address): use(client, address)
        case .usurperSpeaks(let address): if usurpers[address] > 0 { speakAsForeigner(address) }
        case .sample: takeSample()
        case .judge(let sample): judge(sample)
        case .reach(let stage): reach(stage)
        case .sabotage: strike()
        }
    }

    private mutating func reach(_ stage: Observation.Stage) {
        for index in nodes.indices { ledger.servable[index] = isServable(nodes[index]) }
        observe(.reached(stage))
        guard stage == .settled, plan.rebalances else { return }
        begin(Fault(at: now, .rebalance), nil)
    }

    /// The node could answer for addresses: what a person would expect who knows everything.
    private func isServable(_ node: Node) -> Bool {
        let hears = (0..<plan.links).allSatisfy { link in
            node.unplugged[link] == 0
                && clients.allSatisfy { network.isConnected(node.index, $0.station, link: link) }
        }
        let isKnown = node.index < plan.nodes && api.nodeObjects[node.index]
        return node.loopRuns && !node.isLeaving && !node.isDrained && hears && isKnown
            && node.subscription.revision != nil && !node.hasOtherKey
            && !node.ownership.isStarting
    }

    /// Hands an observation to ledger, checkers, measurements, story and digest.
    mutating func observe(_ observation: Observation) {
        ledger.take(observation, at: now)
        spread(observation)
    }

    /// Tells observers who can hear whom from now on.
    mutating func noteConnectivity() {
        ledger.take(.connectivityChanged, at: now)
        ledger.connectivityChanged(to: severedPairs(), at: now)
        spread(.connectivityChanged)
    }

    /// One hello left a node; too many to be observations.
    mutating func noteHello(of node: Int, bytes: Int) {
        ledger.hellosSent[node] += 1
        measurements.helloBytes += bytes
    }

    private mutating func spread(_ observation: Observation) {
        for index in checkers.indices {
            violations += checkers[index].observe(observation, in: ledger)
        }
        measurements.take(observation, ledger)
        story?.take(observation, ledger)
        digest.add(UInt64(bitPattern: now.nanoseconds))
        observation.add(to: &digest)
    }

    /// A hello was lost: so many in a row that its sender may be called dead?
    mutating func noteLoss(from sender: Int, to receiver: Int, link: Int) {
        let run = network.lossRun(from: sender, to: receiver, link: link)
        guard run >= plan.profile.hello.misses - 1 else { return }
        ledger.lastLossRun[receiver] = now
    }

    mutating func noteStarting(_ node: Int, _ isStarting: Bool) {
        ledger.isStarting[node] = isStarting
    }

    private func severedPairs() -> [Bool] {
        var severed = Array(repeating: false, count: nodeCount * nodeCount)
        for one in 0..<nodeCount {
            for other in 0..<nodeCount where one != other {
                let keysDiffer = nodes[one].hasOtherKey != nodes[other].hasOtherKey
                severed[one * nodeCount + other] =
                    keysDiffer || !network.exchangesHellos(one, other)
            }
        }
        return severed
    }
}
