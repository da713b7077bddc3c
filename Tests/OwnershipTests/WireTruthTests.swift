import Addressing
import Testing
import Timing

@testable import Ownership

/// Asking the wire, without anybody around: when, how often, and what answers mean.
@Suite struct WireTruthTests {
    private typealias Question = WireTruth.Question

    private static func at(_ milliseconds: Int64) -> Instant { .zero + .milliseconds(milliseconds) }
    private static let foreign = LinkAddress(bits: 0x02_0000_0000_99)
    private static let wait = WireTruth.answerWait.milliseconds

    private static func question(_ slot: Int = 0, owner: Int = 1, epoch: UInt32 = 3) -> Question {
        Question(
            slot: slot, address: .ipv4(IPv4Address(192, 0, 2, UInt8(16 + slot))), owner: owner,
            epoch: epoch)
    }

    @Test func eachAddressIsLookedAtOnceInTheInterval() {
        var truth = WireTruth(interval: .seconds(60))
        var looks: [Int: Int] = [:]
        for tick in stride(from: Int64(0), through: 60_000, by: 50) {
            let positions = truth.looks(among: 1_000, at: Self.at(tick))
            #expect(positions.count <= 2, "they are spread")
            for position in positions { looks[position, default: 0] += 1 }
        }
        #expect(looks.count == 1_000)
        #expect(looks.values.allSatisfy { $0 == 1 })
    }

    @Test func aLoopThatStoodStillMakesUpForOneTurnOnly() {
        var truth = WireTruth(interval: .seconds(60))
        _ = truth.looks(among: 1_000, at: .zero)
        let late = truth.looks(among: 1_000, at: Self.at(30_000)).count
        let next = truth.looks(among: 1_000, at: Self.at(30_050)).count
        #expect(late == WireTruth.lookedAtPerTurnMax && next <= 2)
    }

    @Test func whereItIsOffNothingIsLookedAt() {
        var truth = WireTruth(interval: nil)
        let looks = [Int64(0), 60_000, 120_000].flatMap { truth.looks(among: 3, at: Self.at($0)) }
        #expect(looks.isEmpty)
        #expect(truth.nextDue == nil)
    }

    @Test func theOwnersAnswerEndsIt() {
        var truth = WireTruth(interval: .seconds(60))
        let begins = [0, 1].map { _ in truth.begin(Self.question(), at: .zero) }
        #expect(begins == [true, false], "it is not asked twice at a time")
        truth.hear(0, from: .owner)
        truth.hear(0, from: .owner)
        #expect(truth.nextDue == Self.at(Self.wait))
        let early = truth.advance(at: Self.at(Self.wait - 1))
        let steps = truth.advance(at: Self.at(Self.wait))
        #expect(early == [] && steps == [.found(Self.question(), .right)])
        #expect(truth.nextDue == nil)
    }

    /// Plays all attempts with the same answers, and gives the steps of each.
    private static func steps(
        _ answerers: [WireTruth.Answerer], earsProven: Bool
    ) -> [[WireTruth.Step]] {
        var truth = WireTruth(interval: .seconds(60))
        _ = truth.begin(question(), at: .zero)
        return (1...WireTruth.attemptsMax).map { attempt in
            for answerer in answerers { truth.hear(0, from: answerer) }
            if earsProven { truth.proveEars(.ipv4, by: 2) }
            return truth.advance(at: at(Int64(attempt) * wait))
        }
    }

    @Test func silenceIsBelievedAfterAllAttemptsOnly() {
        let steps = Self.steps([], earsProven: true)
        let again = [WireTruth.Step.ask(Self.question()), .askOthers(Self.question())]
        #expect(steps.dropLast().allSatisfy { $0 == again })
        #expect(steps.last == [.found(Self.question(), .nobody)])
    }

    /// Like a node that hears nobody, which accuses nobody (OWNERSHIP rule 4).
    @Test func whoHearsNoAnswerAtAllAccusesNobody() {
        let steps = Self.steps([], earsProven: false)
        #expect(steps[0] == [.ask(Self.question()), .askOthers(Self.question())])
        #expect(steps.last == [.unjudged(Self.question())])
    }

    @Test(
        arguments: [
            ("a wrong node", [.node(2)], .other(.node(2))),
            ("a foreign host", [.foreign(foreign)], .other(.foreign(foreign))),
            (
                "the owner and a foreign host", [.owner, .foreign(foreign)],
                .several([.owner, .foreign(foreign)])
            ),
            (
                "a wrong node and a foreign host", [.node(2), .foreign(foreign)],
                .several([.node(2), .foreign(foreign)])
            ),
        ] as [(String, [WireTruth.Answerer], WireTruth.Verdict)])
    func whoeverElseAnswersIsSaid(
        _ name: String, _ answerers: [WireTruth.Answerer], _ verdict: WireTruth.Verdict
    ) {
        #expect(
            Self.steps(answerers, earsProven: false).last == [.found(Self.question(), verdict)])
    }

    /// A silence that began after somebody answered may be this node's own; so may one that ended
    /// before somebody did, as the questions before went out, or answers came in, by a broken wire.
    @Test(
        arguments: [
            ("another node", [(2, AddressFamily.ipv4, 2), (4, .ipv4, 2)], true),
            ("a host that is no node", [(2, .ipv4, nil), (4, .ipv4, nil)], true),
            ("one before and another in the end", [(1, .ipv4, nil), (4, .ipv4, 2)], true),
            ("another node before", [(2, .ipv4, 2), (3, .ipv4, 2)], false),
            ("another node in the end only", [(4, .ipv4, 2)], false),
            ("another node before the last question only", [(3, .ipv4, 2), (4, .ipv4, 2)], false),
            (
                "the owner, which is no witness in its own cause", [(2, .ipv4, 1), (4, .ipv4, 1)],
                false
            ),
            ("another family", [(2, .ipv6, 2), (4, .ipv6, 2)], false),
        ] as [(String, [(attempt: Int, family: AddressFamily, node: Int?)], Bool)])
    func aSilenceIsBelievedWhileOthersAnswer(
        _ name: String, _ answers: [(attempt: Int, family: AddressFamily, node: Int?)],
        _ isBelieved: Bool
    ) {
        var truth = WireTruth(interval: .seconds(60))
        _ = truth.begin(Self.question(owner: 1), at: .zero)
        var last: [WireTruth.Step] = []
        for attempt in 0..<WireTruth.attemptsMax {
            for answer in answers where answer.attempt == attempt {
                truth.proveEars(answer.family, by: answer.node)
            }
            last = truth.advance(at: Self.at(Int64(attempt + 1) * Self.wait))
        }
        let question = Self.question(owner: 1)
        #expect(last == [isBelieved ? .found(question, .nobody) : .unjudged(question)])
    }

    @Test func whereNobodyElseHasTheFamilyAnyWillDo() {
        var truth = WireTruth(interval: .seconds(60))
        _ = truth.begin(Self.question(), at: .zero)
        truth.acceptAnyFamily(0)
        var last: [WireTruth.Step] = []
        for attempt in 1...WireTruth.attemptsMax {
            truth.proveEars(.ipv6, by: 2)
            last = truth.advance(at: Self.at(Int64(attempt) * Self.wait))
        }
        #expect(last == [.found(Self.question(), .nobody)])
    }

    @Test func noMoreThanSoManyAreAskedAtATime() {
        var truth = WireTruth(interval: .seconds(60))
        let begun = (0...WireTruth.checksMax).map { truth.begin(Self.question($0), at: .zero) }
        #expect(begun.filter { $0 }.count == WireTruth.checksMax)
        truth.drop(3)
        let hasRoom = truth.begin(Self.question(3), at: .zero)
        #expect(hasRoom)
        truth.dropAll()
        #expect(truth.nextDue == nil)
    }
}
