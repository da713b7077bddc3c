import Addressing
import Timing
import Wire

/// What this node found when it asked the wire, and what others told of what they found.
///
/// A finding is about one claim, address and epoch: with a new owner it is void.
struct WireFindings: Sendable {
    /// How soon a difference is asked for again, to see whether it ended.
    static let repeatInterval: Duration = .seconds(10)
    /// How long what a peer told stands without being told again: longer than any burst of loss, for
    /// hellos say it each period.
    static let toldMemory: Duration = .seconds(2)
    /// So many nodes must have heard no answer before an owner gives the address away.
    static let accusersMin = 2
    /// So many nodes ask when another says that nobody answers.
    static let confirmersMax = 4
    /// Findings in one hello; the newest, for the others were told when they were new.
    static let statedMax = 16

    struct Finding: Sendable {
        let question: WireTruth.Question
        let verdict: WireTruth.Verdict
        let foundAt: Instant
        var asksAgainAt: Instant
    }

    /// What a peer told of an address.
    struct Told: Sendable {
        /// Index in the `NodeDirectory`.
        let node: Int
        let epoch: UInt32
        let isAnswered: Bool
        let at: Instant
    }

    /// By slot: what differs, and what does not while others say that it does.
    private(set) var own: [Int: Finding] = [:]
    /// By slot.
    private var told: [Int: [Told]] = [:]
    /// By slot: when it was last asked because of what others told, and of which claim.
    private var confirmations: [Int: (epoch: UInt32, at: Instant)] = [:]

    /// Takes what was found; true when what is to be told changed.
    mutating func take(
        _ question: WireTruth.Question, _ verdict: WireTruth.Verdict, at now: Instant
    ) -> Bool {
        let before = own[question.slot]
        let isDisputed = !accusers(question.slot, question.epoch, at: now).isEmpty
        guard verdict != .right || isDisputed else {
            own[question.slot] = nil
            return before != nil
        }
        own[question.slot] = Finding(
            question: question, verdict: verdict, foundAt: now,
            asksAgainAt: now + Self.repeatInterval)
        return before?.verdict != verdict || before?.question != question
    }

    /// Takes back what was found: this node may not hear. True when it was told.
    mutating func withdraw(_ slot: Int) -> Bool { own.removeValue(forKey: slot) != nil }

    /// Takes what a peer told; true when it is news.
    mutating func hear(_ slot: Int, _ news: Told) -> Bool {
        var all = told[slot] ?? []
        let former = all.firstIndex(where: { $0.node == news.node })
        let isNews =
            former.map {
                all[$0].epoch != news.epoch || all[$0].isAnswered != news.isAnswered
                    || news.at - all[$0].at >= Self.toldMemory
            } ?? true
        if let former { all[former] = news } else { all.append(news) }
        told[slot] = all
        return isNews
    }

    /// The nodes that heard no answer, in the order in which they first said so.
    func accusers(_ slot: Int, _ epoch: UInt32, at now: Instant) -> [Int] {
        tellers(slot, epoch, at: now, isAnswered: false)
    }

    private func tellers(
        _ slot: Int, _ epoch: UInt32, at now: Instant, isAnswered: Bool
    ) -> [Int] {
        guard let all = told[slot] else { return [] }
        return all.filter {
            $0.epoch == epoch && $0.isAnswered == isAnswered && now - $0.at < Self.toldMemory
        }.map(\.node)
    }

    /// The rule for giving an address away: two nodes or more heard no answer, each by itself, and
    /// more than heard one.
    func isUnheard(_ slot: Int, _ epoch: UInt32, at now: Instant) -> Bool {
        let against = accusers(slot, epoch, at: now).count
        return against >= Self.accusersMin
            && against > tellers(slot, epoch, at: now, isAnswered: true).count
    }

    /// What another told is worth asking for: it was not just now.
    mutating func confirms(_ slot: Int, _ epoch: UInt32, at now: Instant) -> Bool {
        if let last = confirmations[slot], last.epoch == epoch,
            now - last.at < Self.repeatInterval
        {
            return false
        }
        confirmations[slot] = (epoch, now)
        return true
    }

    /// What hellos state: silences, and answers while somebody tells of a silence.
    func stated(at now: Instant) -> [Hello.Finding] {
        guard !own.isEmpty else { return [] }
        let stated = own.values.filter { finding in
            switch finding.verdict {
            case .nobody: true
            case .right:
                !accusers(finding.question.slot, finding.question.epoch, at: now).isEmpty
            case .several, .other: false
            }
        }
        return stated.sorted {
            ($1.foundAt, $0.question.address) < ($0.foundAt, $1.question.address)
        }
        .prefix(Self.statedMax).map {
            Hello.Finding(
                $0.question.address, epoch: $0.question.epoch, isAnswered: $0.verdict == .right)
        }
    }

    /// The differences that are to be asked for again; what nobody disputes any more is forgotten.
    mutating func questionsAgain(at now: Instant) -> [WireTruth.Question] {
        guard own.contains(where: { $0.value.asksAgainAt <= now }) else { return [] }
        var questions: [WireTruth.Question] = []
        for (slot, finding) in own.sorted(by: { $0.key < $1.key })
        where finding.asksAgainAt <= now {
            let isOver =
                finding.verdict == .right
                && accusers(slot, finding.question.epoch, at: now).isEmpty
            own[slot]?.asksAgainAt = now + Self.repeatInterval
            if isOver { own[slot] = nil } else { questions.append(finding.question) }
        }
        return questions
    }

    /// The claim that all of it was about is no more.
    mutating func forget(_ slot: Int) {
        own[slot] = nil
        told[slot] = nil
        confirmations[slot] = nil
    }
}
