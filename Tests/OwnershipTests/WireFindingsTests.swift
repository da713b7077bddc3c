import Addressing
import Testing
import Timing
import Wire

@testable import Ownership

/// What is made of findings, one's own and those that others tell.
@Suite struct WireFindingsTests {
    private static func at(_ milliseconds: Int64) -> Instant { .zero + .milliseconds(milliseconds) }
    private static let address = IPAddress.ipv4(IPv4Address(192, 0, 2, 16))

    private static let question = WireTruth.Question(
        slot: 0, address: address, owner: 1, epoch: 3)

    private static func told(
        _ node: Int, isAnswered: Bool = false, epoch: UInt32 = 3, at milliseconds: Int64 = 0
    ) -> WireFindings.Told {
        .init(node: node, epoch: epoch, isAnswered: isAnswered, at: at(milliseconds))
    }

    @Test(
        arguments: [
            ("two hear nothing", [told(1), told(2)], true),
            ("one hears nothing", [told(1)], false),
            ("the same one twice", [told(1), told(1, at: 50)], false),
            ("two, and one hears it", [told(1), told(2), told(3, isAnswered: true)], true),
            (
                "two against two",
                [told(1), told(2), told(3, isAnswered: true), told(4, isAnswered: true)], false
            ),
            ("one changed its mind", [told(1), told(2), told(2, isAnswered: true)], false),
            ("one speaks of another claim", [told(1), told(2, epoch: 2)], false),
            ("one fell silent", [told(1, at: -2_000), told(2)], false),
        ] as [(String, [WireFindings.Told], Bool)])
    func anOwnerGivesWayToTwoThatOutnumberTheOthers(
        _ name: String, _ all: [WireFindings.Told], _ isUnheard: Bool
    ) {
        var findings = WireFindings()
        for told in all { _ = findings.hear(0, told) }
        #expect(findings.isUnheard(0, 3, at: Self.at(0)) == isUnheard)
    }

    @Test func silencesAreToldAndOtherDifferencesAreNot() {
        var findings = WireFindings()
        let isNews = [WireTruth.Verdict.nobody, .nobody].map {
            findings.take(Self.question, $0, at: .zero)
        }
        #expect(isNews == [true, false])
        #expect(
            findings.stated(at: .zero) == [.init(Self.address, epoch: 3, isAnswered: false)])
        _ = findings.take(Self.question, .other(.node(2)), at: .zero)
        #expect(findings.stated(at: .zero) == [])
        #expect(findings.own[0] != nil, "it is an alarm all the same")
    }

    @Test func anAnswerIsToldWhileOthersTellOfASilence() {
        var findings = WireFindings()
        _ = findings.take(Self.question, .right, at: .zero)
        #expect(findings.own.isEmpty, "nobody wants to know")
        _ = findings.hear(0, Self.told(2))
        _ = findings.take(Self.question, .right, at: .zero)
        #expect(findings.stated(at: .zero) == [.init(Self.address, epoch: 3, isAnswered: true)])
        #expect(findings.stated(at: Self.at(2_000)) == [])
        let again = findings.questionsAgain(at: Self.at(10_000))
        #expect(again == [] && findings.own.isEmpty)
    }

    @Test func aDifferenceIsAskedForAgain() {
        var findings = WireFindings()
        _ = findings.take(Self.question, .nobody, at: .zero)
        let again = [Int64(9_999), 10_000, 10_050].map { findings.questionsAgain(at: Self.at($0)) }
        #expect(again == [[], [Self.question], []], "once")
        let hasEnded = findings.take(Self.question, .right, at: Self.at(10_300))
        #expect(hasEnded)
        #expect(findings.stated(at: Self.at(10_300)) == [])
    }

    @Test func whatAnotherToldIsAskedForOnceInAWhile() {
        var findings = WireFindings()
        let asks = [Int64(0), 50, 9_999, 10_000].map { findings.confirms(0, 3, at: Self.at($0)) }
        #expect(asks == [true, false, false, true])
        let asksAnother = findings.confirms(0, 4, at: Self.at(10_050))
        #expect(asksAnother, "another claim is another matter")
    }

    @Test func theNewestAreTold() {
        var findings = WireFindings()
        for slot in 0..<40 {
            let question = WireTruth.Question(
                slot: slot, address: .ipv4(IPv4Address(192, 0, 2, UInt8(slot))), owner: 1, epoch: 1)
            _ = findings.take(question, .nobody, at: Self.at(Int64(slot)))
        }
        let stated = findings.stated(at: Self.at(100))
        #expect(stated.count == WireFindings.statedMax)
        #expect(stated.first?.address == .ipv4(IPv4Address(192, 0, 2, 39)))
    }
}
