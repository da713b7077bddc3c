import Timing

/// Which fault befalls whom, now or lately: the closed list of what may explain a move.
package struct Troubles: Sendable {
    private let plan: Plan
    private let nodeCount: Int
    private let grace: Duration
    /// Pairs that cannot exchange frames or hellos, in one direction at least, on one link at least.
    private var severed: [Bool]
    private var mended: [Moment]
    /// When the pairs were last severed; nil: never.
    private var cutOff: [Moment?]
    /// When a node last came back from a pause or a cut link, or started.
    package private(set) var lastResumed: [Moment]
    /// When a node's process last started with empty memory.
    package private(set) var lastStarted: [Moment]
    /// Until when a node's Node object was missing; `.never` while it is.
    package private(set) var missingUntil: [Moment]
    /// When a node's segment loop last began to stand still while its responder went on, or the
    /// responder went on without it after both had stood still.
    package private(set) var lastStalled: [Moment]
    /// Since when a node says nothing, for its loop, its process or its machine stands still; nil: it
    /// speaks.
    package private(set) var silentSince: [Moment?]
    /// By node and by address: until when a fault explains a move; `.never` while it lasts.
    private var nodeUntil: [Moment]
    private var addressUntil: [Moment]
    private var everythingUntil: Moment
    private var nodeFaults: [Int]
    private var stalls: [Int]
    /// By node: faults under way that keep its process or its machine from running.
    private var standstills: [Int]
    private var addressFaults: [Int]
    private var commonFaults = 0
    /// A fault befell the node at some time, or faults of others left it with less than half of the
    /// nodes.
    package private(set) var isTouched: [Bool]
    package private(set) var isAddressTouched: [Bool]
    package private(set) var isEverythingTouched = false

    /// Above this loss a live node may be called dead now and then.
    package static let lossExplainsPerMillion = 20_000

    init(plan: Plan, nodeCount: Int, grace: Duration) {
        self.plan = plan
        self.nodeCount = nodeCount
        self.grace = grace
        severed = Array(repeating: false, count: nodeCount * nodeCount)
        mended = Array(repeating: Moment(nanoseconds: -1 << 50), count: nodeCount * nodeCount)
        cutOff = Array(repeating: nil, count: nodeCount * nodeCount)
        lastResumed = Array(repeating: Moment(nanoseconds: -1 << 50), count: nodeCount)
        lastStarted = lastResumed
        missingUntil = Array(repeating: Moment(nanoseconds: -1 << 50), count: nodeCount)
        lastStalled = Array(repeating: Moment(nanoseconds: -1 << 50), count: nodeCount)
        nodeUntil = Array(repeating: .zero, count: nodeCount)
        addressUntil = Array(repeating: .zero, count: plan.addresses)
        silentSince = Array(repeating: nil, count: nodeCount)
        stalls = Array(repeating: 0, count: nodeCount)
        standstills = Array(repeating: 0, count: nodeCount)
        nodeFaults = Array(repeating: 0, count: nodeCount)
        addressFaults = Array(repeating: 0, count: plan.addresses)
        isTouched = Array(repeating: false, count: nodeCount)
        isAddressTouched = Array(repeating: false, count: plan.addresses)
        let isRestless = Self.isRestless(plan)
        everythingUntil = isRestless ? .never : plan.started + grace
        isEverythingTouched = isRestless
    }

    package func isSevered(_ one: Int, _ other: Int) -> Bool {
        severed[one * nodeCount + other]
    }

    /// Its process or its machine does not run.
    package func isStanding(_ node: Int) -> Bool { standstills[node] > 0 }

    /// When the two could last hear each other again; long ago if they always could.
    package func lastMended(_ one: Int, _ other: Int) -> Moment {
        mended[one * nodeCount + other]
    }

    /// When the two were last cut off from each other; nil: never.
    package func severedAt(_ one: Int, _ other: Int) -> Moment? {
        cutOff[one * nodeCount + other]
    }

    mutating func setSevered(_ matrix: [Bool], at moment: Moment) {
        for slot in severed.indices where severed[slot] && !matrix[slot] { mended[slot] = moment }
        for slot in severed.indices where !severed[slot] && matrix[slot] { cutOff[slot] = moment }
        severed = matrix
        for node in 0..<nodeCount where reach(of: node) * 2 < nodeCount { isTouched[node] = true }
    }

    /// The nodes with which the node exchanges hellos, itself included.
    private func reach(of node: Int) -> Int {
        (0..<nodeCount).count { !isSevered(node, $0) }
    }

    mutating func started(_ node: Int, at moment: Moment) {
        lastStarted[node] = moment
        lastResumed[node] = moment
    }

    /// Why an address may go from one node to another now; nil when nothing explains it.
    package func explanation(from: Int, to: Int, address: Int, at moment: Moment) -> Explanation? {
        if moment <= nodeUntil[from] { return .ownerBefallen }
        if moment <= addressUntil[address] { return .addressChanged }
        if isSevered(from, to) || moment <= lastMended(from, to) + grace { return .severed }
        if moment <= everythingUntil { return .everything }
        return nil
    }

    package enum Explanation: String, Hashable, Sendable, CaseIterable {
        /// A fault befalls or lately befell the node that had the address.
        case ownerBefallen
        /// The address was deleted, made or restricted.
        case addressChanged
        /// The two nodes cannot or lately could not hear each other.
        case severed
        /// The cluster starts or rebalances, or the network loses much.
        case everything
    }

    mutating func began(_ fault: Fault, at moment: Moment) {
        for node in befallen(fault) {
            nodeFaults[node] += 1
            if Self.standsStill(fault) { standstills[node] += 1 }
            if fault.verb == .stall {
                lastStalled[node] = moment
                stalls[node] += 1
            }
            if silentSince[node] == nil, stalls[node] + standstills[node] > 0 {
                silentSince[node] = moment
            }
            if fault.verb == .forget { missingUntil[node] = .never }
            nodeUntil[node] = .never
            isTouched[node] = true
        }
        if let address = fault.address {
            addressFaults[address] += 1
            addressUntil[address] = .never
            isAddressTouched[address] = true
        }
        if Self.befallsEverything(fault) {
            commonFaults += 1
            everythingUntil = .never
            isEverythingTouched = true
        }
    }

    mutating func ended(_ fault: Fault, at moment: Moment) {
        for node in befallen(fault) {
            nodeFaults[node] -= 1
            if Self.standsStill(fault) { standstills[node] -= 1 }
            if fault.verb == .forget { missingUntil[node] = moment + grace }
            lastResumed[node] = moment
            if fault.verb == .stall { stalls[node] -= 1 }
            if stalls[node] + standstills[node] == 0 { silentSince[node] = nil }
            if stalls[node] > 0 { lastStalled[node] = moment }
            if nodeFaults[node] == 0 { nodeUntil[node] = moment + grace }
        }
        if let address = fault.address {
            addressFaults[address] -= 1
            if addressFaults[address] == 0 { addressUntil[address] = moment + grace }
        }
        if Self.befallsEverything(fault) {
            commonFaults -= 1
            let rest = fault.verb == .rebalance ? max(grace, plan.rebalancing) : grace
            if commonFaults == 0, !Self.isRestless(plan) { everythingUntil = moment + rest }
        }
    }

    /// Addresses may move at any time: much is lost, or nodes rebalance by themselves.
    private static func isRestless(_ plan: Plan) -> Bool {
        plan.lossPerMillion > lossExplainsPerMillion || plan.rebalancesByItself
    }

    private static func standsStill(_ fault: Fault) -> Bool {
        fault.verb == .pause || fault.verb == .stun
    }

    private static func befallsEverything(_ fault: Fault) -> Bool {
        fault.verb == .rebalance
            || fault.verb == .lose && (fault.amount ?? 0) > lossExplainsPerMillion
    }

    /// Whose addresses may move because of the fault. Losing the API is no reason.
    private func befallen(_ fault: Fault) -> [Int] {
        switch fault.verb {
        case .kill, .power, .stop, .pause, .stun, .stall, .cut, .mute, .deafen, .unplug, .block,
            .drain, .forget, .rekey, .oneway, .pair, .gag, .dull:
            fault.nodes
        case .partition:
            minorities(of: fault)
        case .twin:
            fault.nodes
        case .offline, .lag, .miss, .lose, .remove, .add, .restrict, .usurp, .start, .rebalance,
            .hush:
            []
        }
    }

    /// The sides of a partition that are no strict majority.
    private func minorities(of fault: Fault) -> [Int] {
        let rest = (0..<nodeCount).filter { !fault.nodes.contains($0) }
        return [fault.nodes, rest].filter { $0.count * 2 <= nodeCount }.flatMap { $0 }
    }
}
