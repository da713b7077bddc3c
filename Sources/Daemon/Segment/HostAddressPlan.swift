import LinkLayer
import Ownership
import Timing

/// Which addresses are to be on which links, and the steps there from what is there (`mode: address`).
///
/// The caller owns time and the kernel: it says what the kernel has, takes the steps and says how each
/// went. Addresses go before others come.
struct HostAddressPlan {
    /// Three refreshes may fail before an address that this node answers for goes.
    static let refreshInterval: Duration = .seconds(3)
    /// How long after its start what a killed daemon left is kept for being answered for again: about
    /// what a node takes to claim; the kernel lets it go soon after by itself.
    static let adoptionWait: Duration = .seconds(2)
    /// How long after the kernel refused an address, or could not be asked, it is tried again.
    static let retryInterval: Duration = .seconds(1)

    enum Step: Hashable {
        case remove(HostAddress)
        case add(HostAddress)
        case refresh(HostAddress)
    }

    /// Nil until this node answers for something.
    private var answers: [AnswerTable.Entry]?
    /// What Herald put there.
    private(set) var present: Set<HostAddress> = []
    /// Wanted, and there already by somebody else's doing: never taken off.
    private(set) var foreign: Set<HostAddress> = []
    /// Wanted, and refused by the kernel when it was last asked.
    private(set) var refused: Set<HostAddress> = []
    private var unrefreshed: Set<HostAddress> = []
    /// What is there was told at least once: nothing is done before.
    private var isRead: Bool
    /// What is there is not known, though nothing may be wanted.
    private var owesReading: Bool
    private let adoptsUntil: Instant
    private var refreshesAt: Instant
    private var retriesAt: Instant?

    /// - Parameter left: what a former daemon put there; nil: it could not be read.
    init(at now: Instant, found left: [HostAddress]?) {
        adoptsUntil = now + Self.adoptionWait
        refreshesAt = now + (left == nil ? Self.retryInterval : Self.refreshInterval)
        present = Set(left ?? [])
        isRead = left != nil
        owesReading = left == nil
    }

    /// What this node answers for from now on.
    mutating func follow(_ table: AnswerTable, at now: Instant) {
        // What was found at the start may be about to end.
        if answers == nil { refreshesAt = now }
        answers = table.entries.filter(\.isAnsweredByKernel)
        forgetRefusals()
    }

    /// Before `steps` the kernel is to be asked what is there, and `found` or `missedReading` told.
    func wantsReading(at now: Instant) -> Bool { now >= refreshesAt }

    mutating func found(_ addresses: [HostAddress], at now: Instant) {
        present = Set(addresses)
        foreign.subtract(present)
        unrefreshed = present
        refreshesAt = now + Self.refreshInterval
        isRead = true
        owesReading = false
    }

    /// The kernel could not be asked: what it was known to have stands, and it is asked again.
    mutating func missedReading(at now: Instant) {
        refreshesAt = now + Self.retryInterval
        owesReading = true
    }

    /// What is to be done now, in this order.
    ///
    /// - Parameter isTrusted: the segment loop turns; nothing that this node answered for counts
    ///   otherwise.
    mutating func steps(at now: Instant, isTrusted: Bool) -> [Step] {
        guard isRead, answers != nil || now >= adoptsUntil else { return [] }
        if let retry = retriesAt, now >= retry { forgetRefusals() }
        let wanted = isTrusted ? answeredFor(at: now) : []
        var steps = present.subtracting(wanted).sorted().map(Step.remove)
        steps += wanted.subtracting(present).subtracting(refused).sorted().map(Step.add)
        steps += wanted.intersection(unrefreshed).sorted().map(Step.refresh)
        return steps
    }

    mutating func took(_ step: Step) {
        switch step {
        case .remove(let address):
            present.remove(address)
            unrefreshed.remove(address)
        case .add(let address): present.insert(address)
        case .refresh(let address): unrefreshed.remove(address)
        }
    }

    /// - Parameter isForeign: it is there, and not by Herald's doing.
    mutating func couldNotTake(_ step: Step, isForeign: Bool = false, at now: Instant) {
        switch step {
        case .remove(let address):
            // The next reading says whether it is there still, and it may be another node's by now.
            present.remove(address)
            unrefreshed.remove(address)
            refreshesAt = min(refreshesAt, now + Self.retryInterval)
            owesReading = true
        case .refresh(let address): unrefreshed.remove(address)
        case .add(let address):
            refused.insert(address)
            if isForeign { foreign.insert(address) }
            retriesAt = retriesAt ?? now + Self.retryInterval
        }
    }

    private mutating func forgetRefusals() {
        retriesAt = nil
        refused = []
        foreign = []
    }

    /// Everything that Herald put there goes, for this node ends.
    var lastSteps: [Step] { present.sorted().map(Step.remove) }

    /// When `steps` are wanted at the latest; nil: when this node answers for something else.
    func nextDeadline(at now: Instant) -> Instant? {
        let reading = isBusy || owesReading ? refreshesAt : nil
        guard let answers else {
            guard now < adoptsUntil else { return reading }
            return owesReading ? min(adoptsUntil, refreshesAt) : adoptsUntil
        }
        let ends = answers.compactMap(\.until).filter { $0 > now }.min()
        return [ends, reading, retriesAt].compactMap { $0 }.min()
    }

    /// Something is on a link, or to be there.
    var isBusy: Bool { !present.isEmpty || !(answers ?? []).isEmpty }

    private func answeredFor(at now: Instant) -> Set<HostAddress> {
        Set(
            (answers ?? []).filter { entry in entry.until.map { now < $0 } ?? true }
                .map { HostAddress($0.address, on: $0.link) })
    }
}
