import Addressing
import Timing

/// Asks the wire, as any client would, who answers for the addresses that other nodes own.
///
/// Hellos say who owns an address; only an answer on the wire says that clients reach it. Each
/// address is looked at once in `interval`, one after another, so that the questions are spread.
/// Whatever is not as it should be is asked again before it is believed, and a silence counts only
/// when somebody else did answer before the last questions and after them: a node whose own wire is
/// broken, or was until a moment ago, accuses nobody.
struct WireTruth: Sendable {
    /// How often the same is asked before a difference is believed: at 1 % loss all of these
    /// questions, or their answers, are lost three times in a thousand million.
    static let attemptsMax = 5
    /// So many of these must have been asked after somebody else answered, for a silence to count.
    static let attemptsProvenMin = 2
    /// How long answers are waited for: hosts on one Ethernet answer within milliseconds.
    static let answerWait: Duration = .milliseconds(300)
    /// Addresses asked for at a time; the others come in the next round.
    static let checksMax = 64
    /// Addresses looked at in one turn of the loop, so that a turn stays short.
    static let lookedAtPerTurnMax = 16
    /// Different answerers of one question that are told apart.
    static let answerersMax = 4

    /// The address as its owner claims it.
    struct Question: Hashable, Sendable {
        let slot: Int
        let address: IPAddress
        /// Index in the `NodeDirectory`.
        let owner: Int
        let epoch: UInt32
    }

    /// Whose MAC named the address as its own.
    enum Answerer: Hashable, Sendable {
        case owner
        /// Another node, by its index in the `NodeDirectory`.
        case node(Int)
        /// No node that is known.
        case foreign(LinkAddress)
    }

    /// What came of a question.
    enum Verdict: Hashable, Sendable {
        case right
        case nobody
        /// More than one; in the order in which they were heard.
        case several([Answerer])
        /// One, which is not the owner.
        case other(Answerer)

        init(_ answerers: [Answerer]) {
            switch answerers.count {
            case 0: self = .nobody
            case 1: self = answerers[0] == .owner ? .right : .other(answerers[0])
            default: self = .several(answerers)
            }
        }
    }

    /// What is to be done, in order.
    enum Step: Hashable, Sendable {
        case ask(Question)
        /// Ask for something that others than the owner must answer for.
        case askOthers(Question)
        case found(Question, Verdict)
        /// Nobody answered anything: this node may be the one that does not hear.
        case unjudged(Question)
    }

    private struct Check: Sendable {
        let question: Question
        var attempts = 1
        var due: Instant
        var answerers: [Answerer] = []
        /// Another host answered a question of the same family since this was last asked.
        var areEarsProven = false
        /// The first attempt during which one did.
        var provenIn: Int?
        /// Of any family: of its own there is nobody to ask.
        var acceptsAnyFamily = false

        /// The last questions reached hosts that answer, and so did what these answered reach this
        /// node: before the first of them, and after the last.
        var isSilenceBelieved: Bool {
            areEarsProven && provenIn.map { attempts - $0 >= attemptsProvenMin } ?? false
        }
    }

    /// Nil: nothing is asked.
    let interval: Duration?
    private var checks: [Check] = []
    /// When the next check is to be judged.
    private(set) var nextDue: Instant?
    /// Where in the addresses the next look goes.
    private var cursor = 0
    /// When that is; nil before the first turn.
    private var nextLook: Instant?

    init(interval: Duration?) {
        self.interval = interval
    }

    func isAsking(_ slot: Int) -> Bool {
        !checks.isEmpty && checks.contains { $0.question.slot == slot }
    }

    /// Positions among `count` addresses that are to be looked at now: all of them once in the
    /// interval. A loop that comes late makes up for a turn's worth and forgets the rest.
    mutating func looks(among count: Int, at now: Instant) -> [Int] {
        guard let interval, count > 0 else { return [] }
        let step = interval / count
        guard var next = nextLook else {
            nextLook = now + step
            return []
        }
        guard next <= now else {
            nextLook = min(next, now + step)
            return []
        }
        var positions: [Int] = []
        while next <= now, positions.count < min(count, Self.lookedAtPerTurnMax) {
            cursor = cursor + 1 < count ? cursor + 1 : 0
            positions.append(cursor)
            next = next + step
        }
        nextLook = max(next, now)
        return positions
    }

    /// Begins to ask; false when it is being asked already, or too much is.
    mutating func begin(_ question: Question, at now: Instant) -> Bool {
        guard checks.count < Self.checksMax, !isAsking(question.slot) else { return false }
        checks.append(Check(question: question, due: now + Self.answerWait))
        nextDue = earlier(nextDue, now + Self.answerWait)
        return true
    }

    /// What is asked for the slot.
    func question(_ slot: Int) -> Question? {
        guard !checks.isEmpty else { return nil }
        return checks.first { $0.question.slot == slot }?.question
    }

    /// A frame named the address as that host's.
    mutating func hear(_ slot: Int, from answerer: Answerer) {
        guard let index = checks.firstIndex(where: { $0.question.slot == slot }),
            !checks[index].answerers.contains(answerer),
            checks[index].answerers.count < Self.answerersMax
        else { return }
        checks[index].answerers.append(answerer)
    }

    /// A host answered a question of this node's: it hears and is heard.
    ///
    /// - Parameter node: the host, when it is a node; an owner is no witness in its own cause.
    mutating func proveEars(_ family: AddressFamily, by node: Int?) {
        for index in checks.indices
        where checks[index].question.owner != node
            && (checks[index].acceptsAnyFamily
                || checks[index].question.address.family == family)
        {
            checks[index].areEarsProven = true
            checks[index].provenIn = checks[index].provenIn ?? checks[index].attempts
        }
    }

    /// Nobody else can be asked whose address is of the family of this one.
    mutating func acceptAnyFamily(_ slot: Int) {
        guard let index = checks.firstIndex(where: { $0.question.slot == slot }) else { return }
        checks[index].acceptsAnyFamily = true
    }

    /// The questions that are to be judged now.
    func questionsDue(at now: Instant) -> [Question] {
        checks.filter { $0.due <= now }.map(\.question)
    }

    /// Ends a question without a verdict: what was asked is no longer so.
    mutating func drop(_ slot: Int) {
        guard !checks.isEmpty else { return }
        checks.removeAll { $0.question.slot == slot }
        nextDue = checks.map(\.due).min()
    }

    /// Ends every question.
    mutating func dropAll() {
        checks = []
        nextDue = nil
    }

    /// Judges what is due.
    mutating func advance(at now: Instant) -> [Step] {
        guard let nextDue, nextDue <= now else { return [] }
        var steps: [Step] = []
        var finished: Set<Int> = []
        for index in checks.indices where checks[index].due <= now {
            steps += judge(index, at: now, &finished)
        }
        checks.removeAll { finished.contains($0.question.slot) }
        self.nextDue = checks.map(\.due).min()
        return steps
    }

    private mutating func judge(
        _ index: Int, at now: Instant, _ finished: inout Set<Int>
    ) -> [Step] {
        let check = checks[index]
        let verdict = Verdict(check.answerers)
        guard verdict != .right, check.attempts < Self.attemptsMax else {
            finished.insert(check.question.slot)
            let isBelieved = verdict != .nobody || check.isSilenceBelieved
            return [isBelieved ? .found(check.question, verdict) : .unjudged(check.question)]
        }
        checks[index].attempts += 1
        checks[index].answerers = []
        checks[index].areEarsProven = false
        checks[index].due = now + Self.answerWait
        let again = Step.ask(check.question)
        return verdict == .nobody ? [again, .askOthers(check.question)] : [again]
    }
}
