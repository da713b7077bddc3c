import Ownership
import Timing

/// Plans drawn from a seed, one family of plans for each question.
package enum RandomPlan {
    /// What a campaign wants to know.
    package enum Family: String, Hashable, Sendable, CaseIterable {
        /// Does everything come right after any mix of faults?
        case mixes
        /// Does each address come to one owner at once when all nodes start?
        case starts
        /// How long is an address without an owner when a node dies?
        case deaths
        /// Does a drain or a stop lose a request?
        case handovers
        /// What moves when a partition heals, and how soon is there one owner?
        case partitions
        /// Is a live node ever called dead?
        case calm
        /// The same for long times: only the moments at which hellos are lost in a row are run.
        case quietLoss = "quiet-loss"
        /// Does an owner that hears its peers, and not the clients, hand over?
        case wire
        /// What becomes of addresses that a foreign host uses, under each policy?
        case conflicts
        /// Do the rules hold with 100 nodes and 1,000 addresses?
        case large

        /// Nothing in its plans makes two answer for one address, but for the linger of a hand-over.
        package var forbidsDoubling: Bool {
            switch self {
            case .starts, .deaths, .handovers: true
            case .mixes, .partitions, .calm, .quietLoss, .wire, .conflicts, .large: false
            }
        }

        /// Nothing in its plans takes an address from a live owner.
        package var forbidsTakeovers: Bool { forbidsDoubling || self == .quietLoss }
    }

    package static func draw(_ family: Family, seed: UInt64) -> Plan {
        var generator = Generator(seed: seed).stream(UInt64(97 + family.rawValue.utf8.count))
        var plan = Plan()
        plan.seed = seed
        switch family {
        case .mixes: drawMix(&plan, &generator)
        case .starts: drawStart(&plan, &generator)
        case .deaths: drawDeath(&plan, &generator)
        case .handovers: drawHandover(&plan, &generator)
        case .partitions: drawPartition(&plan, &generator)
        case .calm: drawCalm(&plan, &generator)
        case .quietLoss: drawQuietLoss(&plan, &generator)
        case .wire: drawWire(&plan, &generator)
        case .conflicts: drawConflict(&plan, &generator)
        case .large: drawLarge(&plan, &generator)
        }
        return plan
    }

    private static func drawSize(_ plan: inout Plan, _ generator: inout Generator) {
        plan.nodes = 2 + generator.below(8)
        plan.addresses = 1 + generator.below(generator.chance(perMillion: 700_000) ? 12 : 50)
        plan.profile = generator.pick([.normal, .normal, .normal, .fast, .fast, .cautious])
        plan.bothFamilies = generator.chance(perMillion: 300_000)
    }

    /// When the first fault may begin: everything is owned, every burst is over.
    private static func firstFault(_ plan: Plan) -> Moment {
        plan.started + .milliseconds(500)
    }

    private static func moment(
        after start: Moment, within range: ClosedRange<Duration>, _ generator: inout Generator
    ) -> Moment {
        let drawn = start + generator.within(range)
        return Moment(nanoseconds: drawn.nanoseconds / 1_000_000 * 1_000_000)
    }

    private static func wholeMilliseconds(
        _ range: ClosedRange<Duration>, _ generator: inout Generator
    ) -> Duration {
        .milliseconds(generator.within(range).milliseconds)
    }

    // MARK: One fault, or none

    private static func drawStart(_ plan: inout Plan, _ generator: inout Generator) {
        drawSize(&plan, &generator)
        drawStarting(&plan, &generator)
        plan.settling = .milliseconds(500)
        plan.end = plan.settled
    }

    /// How far apart nodes start, and hear of the API's objects.
    private static func drawStarting(_ plan: inout Plan, _ generator: inout Generator) {
        plan.startSpread = generator.pick([
            .milliseconds(5), .milliseconds(20), .milliseconds(200), .seconds(1),
        ])
        plan.watchDelay = generator.pick([.milliseconds(20), .milliseconds(200), .seconds(1)])
    }

    private static func drawDeath(_ plan: inout Plan, _ generator: inout Generator) {
        drawSize(&plan, &generator)
        plan.profile = generator.pick([.normal, .fast])
        let at = moment(
            after: firstFault(plan), within: .zero...(.milliseconds(300)), &generator)
        plan.faults = [
            Fault(
                at: at, generator.pick([.kill, .power]), nodes: [generator.below(plan.nodes)])
        ]
    }

    private static func drawHandover(_ plan: inout Plan, _ generator: inout Generator) {
        drawSize(&plan, &generator)
        plan.addresses = min(plan.addresses, 10)
        plan.profile = generator.pick([.normal, .fast])
        plan.askEvery = .milliseconds(1)
        let at = moment(
            after: firstFault(plan), within: .zero...(.milliseconds(300)), &generator)
        let verb = generator.pick([Fault.Verb.drain, .stop])
        plan.faults = [
            Fault(
                at: at, verb, nodes: [generator.below(plan.nodes)], lasts: .milliseconds(300))
        ]
        plan.end = plan.calm + .milliseconds(500)
    }

    private static func drawPartition(_ plan: inout Plan, _ generator: inout Generator) {
        drawSize(&plan, &generator)
        plan.profile = generator.pick([.normal, .fast])
        let at = moment(
            after: firstFault(plan), within: .zero...(.milliseconds(300)), &generator)
        let all = Array(0..<plan.nodes)
        let side = generator.sample(all, count: 1 + generator.below(plan.nodes - 1)).sorted()
        plan.faults = [
            Fault(
                at: at, .partition, nodes: side,
                withClients: generator.chance(perMillion: 300_000),
                lasts: wholeMilliseconds(.milliseconds(300)...(.seconds(3)), &generator))
        ]
    }

    private static func drawCalm(_ plan: inout Plan, _ generator: inout Generator) {
        plan.nodes = 3
        plan.addresses = 3
        plan.lossPerMillion = 10_000
        plan.profile = generator.pick([.normal, .fast])
        plan.end = .zero + .seconds(3600)
        plan.wireTruth = .seconds(60)
    }

    private static func drawWire(_ plan: inout Plan, _ generator: inout Generator) {
        drawSize(&plan, &generator)
        plan.nodes = 3 + generator.below(5)
        plan.wireTruth = generator.pick([Duration.seconds(1), .seconds(2)])
        plan.lossPerMillion = generator.pick([0, 0, 10_000])
        let at = moment(
            after: firstFault(plan), within: .zero...(.seconds(3)), &generator)
        plan.faults = [
            Fault(
                at: at, generator.pick([.gag, .dull]), nodes: [generator.below(plan.nodes)],
                lasts: ReachedChecker.bound(plan) + .seconds(1))
        ]
    }

    /// One foreign host or two, and now and then something that befalls the owner meanwhile.
    private static func drawConflict(_ plan: inout Plan, _ generator: inout Generator) {
        drawSize(&plan, &generator)
        plan.addresses = min(plan.addresses, 10)
        plan.onConflict = generator.pick([.yield, .yield, .yield, .defend, .report])
        plan.lossPerMillion = generator.pick([0, 0, 10_000])
        plan.clockErrorPerMillion = generator.pick([0, 20_000])
        if generator.chance(perMillion: 500_000) { plan.wireTruth = .seconds(1) }
        for _ in 0..<1 + generator.below(2) {
            let at = moment(
                after: firstFault(plan), within: .zero...(.seconds(6)), &generator)
            plan.faults.append(
                Fault(
                    at: at, .usurp, address: generator.below(plan.addresses),
                    amount: generator.pick([nil, 100, 250, 1_000]),
                    lasts: wholeMilliseconds(.milliseconds(300)...(.seconds(25)), &generator)))
        }
        for _ in 0..<generator.below(3) {
            let at = moment(
                after: firstFault(plan), within: .zero...(.seconds(20)), &generator)
            plan.faults.append(
                drawFault(generator.pick(ownersFaults), at, plan, &generator))
        }
        plan.faults.sort { $0.at < $1.at }
    }

    /// What makes another node the owner, or could.
    private static let ownersFaults: [Fault.Verb] = [
        .kill, .kill, .power, .stop, .pause, .stun, .stall, .cut, .unplug, .drain, .forget,
        .partition, .offline, .restrict,
    ]

    private static func drawLarge(_ plan: inout Plan, _ generator: inout Generator) {
        plan.nodes = 100
        plan.addresses = 1000
        let at = firstFault(plan)
        let dead = generator.sample(Array(0..<100), count: 3).sorted()
        plan.faults = [Fault(at: at, .kill, nodes: dead)]
        plan.lossPerMillion = generator.pick([0, 10_000])
        plan.settling = .milliseconds(1500)
        plan.end = plan.settled
    }

    // MARK: Mixes

    private static func drawMix(_ plan: inout Plan, _ generator: inout Generator) {
        drawSize(&plan, &generator)
        plan.links = generator.chance(perMillion: 150_000) ? 2 : 1
        plan.lossPerMillion = generator.pick([0, 0, 0, 1_000, 10_000, 10_000, 50_000])
        plan.duplicatesPerMillion = generator.pick([0, 0, 10_000])
        plan.spikesPerMillion = generator.pick([0, 0, 1_000])
        plan.clockErrorPerMillion = generator.pick([0, 20_000])
        drawStarting(&plan, &generator)
        plan.rebalances = generator.chance(perMillion: 200_000)
        let count = 1 + generator.below(4)
        for _ in 0..<count {
            let at = moment(
                after: firstFault(plan), within: .zero...(.seconds(3)), &generator)
            plan.faults.append(drawFault(generator.pick(verbs), at, plan, &generator))
        }
        plan.faults.sort { $0.at < $1.at }
        if generator.chance(perMillion: 500_000) { plan.wireTruth = .seconds(1) }
        drawPolicy(&plan, &generator)
    }

    /// The last draw of a mix: seeds mean what they did before there were policies, but for these.
    private static func drawPolicy(_ plan: inout Plan, _ generator: inout Generator) {
        guard generator.chance(perMillion: 200_000) else { return }
        plan.onConflict = generator.pick([.yield, .yield, .report])
        for index in plan.faults.indices where plan.faults[index].verb == .usurp {
            plan.faults[index].amount = generator.pick([nil, 250, 1_000])
        }
    }

    private static let verbs: [Fault.Verb] = [
        .kill, .kill, .power, .stop, .stop, .pause, .pause, .stun, .stall, .cut, .mute, .deafen,
        .unplug, .block, .drain, .forget, .offline, .offline, .lag, .miss, .partition,
        .partition, .oneway, .pair, .lose, .remove, .remove, .restrict, .restrict, .usurp,
    ]

    private static func drawFault(
        _ verb: Fault.Verb, _ at: Moment, _ plan: Plan, _ generator: inout Generator
    ) -> Fault {
        var fault = Fault(at: at, verb, nodes: [generator.below(plan.nodes)])
        fault.lasts = wholeMilliseconds(lasting(fault.verb), &generator)
        let all = Array(0..<plan.nodes)
        switch fault.verb {
        case .offline:
            if generator.chance(perMillion: 300_000) { fault.nodes = [] }
        case .lag: fault.amount = 100 + generator.below(900)
        case .lose:
            fault.nodes = []
            fault.amount = generator.pick([10_000, 50_000, 200_000])
        case .partition:
            fault.nodes =
                generator.sample(all, count: 1 + generator.below(plan.nodes - 1)).sorted()
            fault.withClients = generator.chance(perMillion: 300_000)
        case .oneway, .pair: fault.nodes = generator.sample(all, count: 2)
        case .remove, .usurp:
            fault.nodes = []
            fault.address = generator.below(plan.addresses)
        case .restrict:
            fault.nodes = generator.sample(all, count: generator.below(plan.nodes + 1)).sorted()
            fault.address = generator.below(plan.addresses)
        case .unplug: fault.amount = generator.below(plan.links)
        case .kill, .power, .stop, .pause, .stun, .stall, .cut, .mute, .deafen, .block, .drain,
            .forget, .miss, .add, .twin, .rekey, .start, .rebalance, .hush, .gag, .dull:
            break
        }
        return fault
    }

    private static func lasting(_ verb: Fault.Verb) -> ClosedRange<Duration> {
        switch verb {
        case .pause, .stun, .stall: .milliseconds(20)...(.seconds(3))
        case .kill, .power, .stop: .milliseconds(10)...(.seconds(3))
        default: .milliseconds(200)...(.seconds(3))
        }
    }
}
