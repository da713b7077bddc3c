import Addressing
import Testing
import Timing
import Wire

@testable import Ownership

/// Votes about a silent node, one row a constellation (rule 3).
@Suite struct VerdictTests {
    /// What another node said of node 1, and how it stands itself.
    struct Voter: Sendable {
        /// Milliseconds of silence that it reported; nil: it abstained.
        var age: Int64?
        var incarnation: UInt32 = 1
        /// When it said so, in milliseconds.
        var saidAt: Int64 = 990
        var abstains = false
        var isUnsure = false
        var lastHeard: Int64 = 990
    }

    struct Row: Sendable {
        let name: String
        var silence: Int64 = 250
        var isUnsure = false
        var voters: [Voter] = []
        let verdict: Verdict
    }

    static let rows = [
        Row(name: "a millisecond before D", silence: 249, verdict: .alive),
        Row(name: "nobody else", verdict: .onlyVoter),
        Row(name: "this node is unsure", isUnsure: true, verdict: .alive),
        Row(name: "one agrees", voters: [Voter(age: 200)], verdict: .dead),
        Row(name: "one heard it lately", voters: [Voter(age: 199)], verdict: .suspect),
        Row(name: "two of three agree", voters: [Voter(age: 240), Voter(age: 10)], verdict: .dead),
        Row(
            name: "two of four are no majority",
            voters: [Voter(age: 240), Voter(age: 10), Voter(age: 10)], verdict: .suspect),
        Row(
            name: "who abstains has no vote", voters: [Voter(age: nil), Voter(age: 220)],
            verdict: .dead),
        Row(name: "all abstain", voters: [Voter(age: nil)], verdict: .onlyVoter),
        Row(
            name: "a late loop has no vote", voters: [Voter(age: 10, abstains: true)],
            verdict: .onlyVoter),
        Row(
            name: "a voter that we are unsure of has none",
            voters: [Voter(age: 10, isUnsure: true)], verdict: .onlyVoter),
        Row(
            name: "a silent peer has no vote", voters: [Voter(age: 10, lastHeard: 740)],
            verdict: .onlyVoter),
        Row(
            name: "an old opinion is none", voters: [Voter(age: 10, saidAt: 740)],
            verdict: .onlyVoter),
        Row(
            name: "an opinion of a former life is none",
            voters: [Voter(age: 240, incarnation: 0)], verdict: .onlyVoter),
        Row(
            name: "it is heard in a new life", voters: [Voter(age: 240, incarnation: 2)],
            verdict: .suspect),
    ]

    @Test(arguments: rows)
    func verdict(row: Row) {
        var segment = Self.segment()
        let now = Self.at(1_000)
        segment.members = [nil, Self.member(heardAt: 1_000 - row.silence)]
        segment.members[1]?.isUnsure = row.isUnsure
        segment.opinions = [[], []]
        for voter in row.voters {
            var member = Self.member(heardAt: voter.lastHeard)
            member.abstains = voter.abstains
            member.isUnsure = voter.isUnsure
            let opinion = Member.Opinion(
                age: voter.age.map { .milliseconds($0) }, incarnation: voter.incarnation,
                saidAt: Self.at(voter.saidAt))
            segment.members.append(member)
            segment.opinions.append([.init(), opinion])
        }
        #expect(segment.verdict(on: 1, at: now) == row.verdict, "\(row.name)")
    }

    @Test(
        arguments: [
            ("alone and never otherwise", [], true),
            ("all are heard", [0, 0], true),
            ("one of two is silent for long", [0, 200], true),
            ("both are", [200, 200], false),
            ("2.5 periods are heard", [125, 126], true),
            ("a dead one of a minute ago is forgotten", [60_000, 60_000], true),
            ("a dead one of less is not", [59_999, 59_999], false),
        ] as [(String, [Int64], Bool)])
    func hearsMost(row: String, ages: [Int64], isStrong: Bool) {
        var segment = Self.segment()
        segment.members = [nil]
        for age in ages {
            var member = Self.member(heardAt: 100_000 - age)
            member.isLive = age < 250
            member.hearsUsFreshly = true
            segment.members.append(member)
        }
        #expect(segment.hearsMost(at: Self.at(100_000)) == isStrong, "\(row)")
    }

    @Test func whoDoesNotHearUsDoesNotMakeUsStrong() {
        var segment = Self.segment()
        segment.members = [nil, Self.member(heardAt: 1_000), Self.member(heardAt: 1_000)]
        #expect(!segment.hearsMost(at: Self.at(1_000)))
        segment.members[1]?.hearsUs = true
        #expect(!segment.hearsMost(at: Self.at(1_000)), "not lately")
        segment.members[1]?.hearsUsFreshly = true
        #expect(segment.hearsMost(at: Self.at(1_000)))
    }

    static func at(_ milliseconds: Int64) -> Instant { .zero + .milliseconds(milliseconds) }

    static func segment() -> Segment {
        Segment(
            Link(index: 2, name: "eth0", address: LinkAddress(bits: 1), isRunning: true),
            schedule: AnnouncementSchedule(nodeTag: 1, framesPerSecond: 100, at: .zero),
            listensSince: .zero, until: .zero)
    }

    static func member(heardAt milliseconds: Int64) -> Member {
        let hello = Hello(
            node: "x", incarnation: 1, sequence: 1, periodMilliseconds: 50, misses: 5,
            linkAddress: LinkAddress(bits: 2))
        return Member(hello, from: .ipv4(IPv4Address(192, 0, 2, 9)), at: at(milliseconds))
    }
}
