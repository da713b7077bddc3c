import Testing
import Timing

@testable import Allocation

@Suite struct LeaderElectionTests {
    /// One node's election with the seconds of its clock.
    private struct Life {
        var election = LeaderElection(identity: "n1")
        private(set) var effects: [LeaderElectionEffect] = []

        static func at(_ seconds: Double) -> Instant {
            Instant(nanoseconds: Int64((seconds * 1_000_000_000).rounded()))
        }

        @discardableResult
        mutating func tell(
            _ event: LeaderElectionEvent, at seconds: Double
        ) -> [LeaderElectionEffect] {
            effects = election.handle(event, at: Self.at(seconds))
            return effects
        }

        func mayWrite(at seconds: Double) -> Bool { election.mayWrite(at: Self.at(seconds)) }

        var deadline: Double? {
            election.nextDeadline.map { Double($0.nanoseconds) / 1_000_000_000 }
        }
    }

    private static func record(
        _ version: String, _ holder: String, transitions: Int = 3,
        duration: Duration = .seconds(6)
    ) -> LeaseRecord {
        LeaseRecord(
            version: version, holder: holder, duration: duration, transitions: transitions)
    }

    private static func write(
        _ version: String?, _ holder: String = "n1", transitions: Int, isNewHolder: Bool
    ) -> LeaderElectionEffect {
        .writeLease(
            LeaseWrite(
                expectedVersion: version, holder: holder,
                duration: .seconds(holder.isEmpty ? 1 : 6), transitions: transitions,
                isNewHolder: isNewHolder))
    }

    /// A node that leads since its write of 0.1 s was accepted at 0.2 s, as version 2.
    private static func leading() -> Life {
        var life = Life()
        life.tell(.deadlineReached, at: 0)
        life.tell(.leaseRead(record("1", "")), at: 0.1)
        life.tell(.leaseWritten(version: "2"), at: 0.2)
        return life
    }

    @Test func itReadsFirst() {
        var life = Life()
        #expect(life.deadline.map { $0 < 0 } == true, "due at once")
        #expect(life.tell(.deadlineReached, at: 5) == [.readLease])
        #expect(life.deadline == nil, "the answer is the next event")
        #expect(life.tell(.deadlineReached, at: 6) == [], "one request at a time")
        #expect(!life.mayWrite(at: 6))
    }

    @Test(
        arguments: [
            ("no lease: created", nil, write(nil, transitions: 0, isNewHolder: true)),
            ("released: taken", record("7", ""), write("7", transitions: 4, isNewHolder: true)),
            (
                "our own, from before a restart: renewed", record("7", "n1"),
                write("7", transitions: 3, isNewHolder: false)
            ),
        ] as [(String, LeaseRecord?, LeaderElectionEffect)])
    func whatIsFreeIsTakenAtOnce(
        name: String, record: LeaseRecord?, effect: LeaderElectionEffect
    ) {
        var life = Life()
        life.tell(.deadlineReached, at: 0)
        #expect(life.tell(.leaseRead(record), at: 0.1) == [effect], "\(name)")
        #expect(!life.mayWrite(at: 0.15), "not before it is accepted")
        #expect(life.tell(.leaseWritten(version: "8"), at: 0.2) == [.leadershipAcquired])
        #expect(life.mayWrite(at: 4.0999))
        #expect(!life.mayWrite(at: 4.1), "4 s after it was sent, not after it was answered")
        #expect(life.election.leader == "n1")
    }

    @Test func aLeaderRenewsEachSecond() {
        var life = Self.leading()
        for second in 1...20 {
            let sent = Double(second) + 0.1
            #expect(life.deadline == sent)
            let version = "\(second + 1)"
            #expect(
                life.tell(.deadlineReached, at: sent)
                    == [Self.write(version, transitions: 4, isNewHolder: false)])
            #expect(life.tell(.leaseWritten(version: "\(second + 2)"), at: sent + 0.2) == [])
            #expect(life.mayWrite(at: sent + 3.9))
        }
    }

    @Test func aLeaderWithoutAnswersStopsAfterFourSeconds() {
        var life = Self.leading()
        life.tell(.deadlineReached, at: 1.1)
        #expect(life.deadline == 4.1, "while a request is under way only the end is due")
        #expect(life.tell(.requestFailed, at: 3.1) == [.readLease])
        #expect(life.mayWrite(at: 4))
        #expect(life.tell(.deadlineReached, at: 4.1) == [.leadershipLost])
        #expect(life.tell(.requestFailed, at: 5.1) == [.readLease])
        #expect(
            life.tell(.leaseRead(Self.record("3", "n1", transitions: 4)), at: 5.2)
                == [Self.write("3", transitions: 4, isNewHolder: false)])
        #expect(life.tell(.leaseWritten(version: "4"), at: 5.3) == [.leadershipAcquired])
    }

    /// The lost answer was to a write that was done: with the old version it would never get back.
    @Test func afterALostAnswerItReadsBeforeItWrites() {
        var life = Self.leading()
        life.tell(.deadlineReached, at: 1.1)
        #expect(life.tell(.requestFailed, at: 1.3) == [], "a fast failure waits for the retry")
        #expect(life.deadline == 2.1)
        #expect(life.tell(.deadlineReached, at: 2.1) == [.readLease])
        #expect(
            life.tell(.leaseRead(Self.record("3", "n1", transitions: 4)), at: 2.2)
                == [Self.write("3", transitions: 4, isNewHolder: false)])
        #expect(life.tell(.leaseWritten(version: "4"), at: 2.3) == [])
        #expect(life.mayWrite(at: 6.1))
    }

    @Test func aPauseEndsLeadershipBeforeAnythingElse() {
        var life = Self.leading()
        #expect(!life.mayWrite(at: 60))
        #expect(
            life.tell(.deadlineReached, at: 60)
                == [.leadershipLost, Self.write("2", transitions: 4, isNewHolder: false)])
        #expect(life.tell(.writeRefused, at: 60.1) == [])
        life.tell(.deadlineReached, at: 61)
        #expect(life.tell(.leaseRead(Self.record("9", "n2")), at: 61.1) == [])
        #expect(life.election.leader == "n2")
    }

    @Test func anAnswerThatComesTooLateDoesNotLead() {
        var life = Life()
        life.tell(.deadlineReached, at: 0)
        life.tell(.leaseRead(nil), at: 0.1)
        let effects = life.tell(.leaseWritten(version: "1"), at: 4.1)
        #expect(effects == [Self.write("1", transitions: 0, isNewHolder: false)])
        #expect(!life.mayWrite(at: 4.1))
        #expect(life.tell(.leaseWritten(version: "2"), at: 4.2) == [.leadershipAcquired])
    }

    @Test func aRefusedRenewalEndsLeadership() {
        var life = Self.leading()
        life.tell(.deadlineReached, at: 1.1)
        #expect(life.tell(.writeRefused, at: 1.2) == [.leadershipLost])
        #expect(!life.mayWrite(at: 1.2))
        #expect(life.deadline == 2.1)
    }

    @Test func anothersLeaseIsWatchedForAWholeDuration() {
        var life = Life()
        life.tell(.deadlineReached, at: 0)
        #expect(life.tell(.leaseRead(Self.record("5", "n2")), at: 0.1) == [])
        for second in 1...5 {
            #expect(life.deadline == Double(second))
            #expect(life.tell(.deadlineReached, at: Double(second)) == [.readLease])
            #expect(life.tell(.leaseRead(Self.record("5", "n2")), at: Double(second) + 0.1) == [])
        }
        #expect(life.deadline == 6)
        #expect(life.tell(.deadlineReached, at: 6) == [.readLease])
        #expect(
            life.tell(.leaseRead(Self.record("5", "n2")), at: 6.1)
                == [Self.write("5", transitions: 4, isNewHolder: true)])
    }

    @Test func everyChangeStartsTheDurationAnew() {
        var life = Life()
        life.tell(.deadlineReached, at: 0)
        life.tell(.leaseRead(Self.record("5", "n2")), at: 0)
        life.tell(.deadlineReached, at: 5)
        life.tell(.leaseRead(Self.record("6", "n2")), at: 5)
        life.tell(.watchChanged(isLive: true), at: 5)
        #expect(life.deadline == 11)
    }

    @Test func aHolderWithALongerPromiseIsWaitedForLonger() {
        var life = Life()
        life.tell(.deadlineReached, at: 0)
        life.tell(.leaseRead(Self.record("5", "n2", duration: .seconds(15))), at: 0)
        life.tell(.watchChanged(isLive: true), at: 0)
        #expect(life.deadline == 15)
    }

    @Test func aWatchSparesTheReads() {
        var life = Life()
        life.tell(.deadlineReached, at: 0)
        life.tell(.leaseRead(Self.record("5", "n2")), at: 0)
        life.tell(.watchChanged(isLive: true), at: 0)
        #expect(life.deadline == 6)
        #expect(life.tell(.leaseObserved(Self.record("6", "n2")), at: 3) == [])
        #expect(life.deadline == 9)
        #expect(
            life.tell(.leaseObserved(Self.record("7", "")), at: 4)
                == [Self.write("7", transitions: 4, isNewHolder: true)], "released: at once")
        life.tell(.writeRefused, at: 4.1)
        life.tell(.watchChanged(isLive: false), at: 4.2)
        #expect(life.deadline == 5, "without it, it reads")
    }

    /// A watch may tell of what was before the node's own write.
    @Test func aLeaderDoesNotBelieveTheWatch() {
        var life = Self.leading()
        #expect(life.tell(.leaseObserved(Self.record("1", "")), at: 0.5) == [])
        #expect(life.tell(.leaseObserved(nil), at: 0.6) == [])
        #expect(life.mayWrite(at: 0.6))
        #expect(life.election.leader == "n1")
    }

    @Test func aLeaseDeletedUnderItsHolderIsNotTakenBeforeThatOneKnows() {
        var life = Life()
        life.tell(.deadlineReached, at: 0)
        life.tell(.leaseRead(Self.record("5", "n2")), at: 0)
        life.tell(.deadlineReached, at: 1)
        #expect(life.tell(.leaseRead(nil), at: 1) == [])
        life.tell(.watchChanged(isLive: true), at: 1)
        #expect(life.deadline == 7)
        #expect(
            life.tell(.deadlineReached, at: 7)
                == [Self.write(nil, transitions: 0, isNewHolder: true)])
    }

    @Test func aLeaderGivesTheLeaseBackWhenAskedToStop() {
        var life = Self.leading()
        #expect(
            life.tell(.stopAsked, at: 0.5) == [
                .leadershipLost, Self.write("2", "", transitions: 4, isNewHolder: true),
            ])
        #expect(!life.mayWrite(at: 0.5))
        #expect(life.deadline == nil)
        #expect(life.tell(.leaseWritten(version: "3"), at: 0.6) == [.stopped])
        #expect(life.election.state == .stopped)
        #expect(life.tell(.deadlineReached, at: 9) == [])
        #expect(life.tell(.stopAsked, at: 9) == [])
    }

    @Test func aRenewalUnderWayIsAwaitedBeforeTheRelease() {
        var life = Self.leading()
        life.tell(.deadlineReached, at: 1.1)
        #expect(life.tell(.stopAsked, at: 1.2) == [.leadershipLost])
        #expect(
            life.tell(.leaseWritten(version: "3"), at: 1.3)
                == [Self.write("3", "", transitions: 4, isNewHolder: true)])
        #expect(life.tell(.requestFailed, at: 3.3) == [.stopped], "one attempt, then it runs out")
    }

    @Test func aRefusedRenewalUnderWayIsReadBeforeTheRelease() {
        var life = Self.leading()
        life.tell(.deadlineReached, at: 1.1)
        life.tell(.stopAsked, at: 1.2)
        #expect(life.tell(.writeRefused, at: 1.3) == [.readLease])
        var taken = life
        #expect(taken.tell(.leaseRead(Self.record("9", "n2")), at: 1.4) == [.stopped])
        #expect(
            life.tell(.leaseRead(Self.record("9", "n1")), at: 1.4)
                == [Self.write("9", "", transitions: 3, isNewHolder: true)])
    }

    @Test func aFollowerStopsWithoutARequest() {
        var fresh = Life()
        #expect(fresh.tell(.stopAsked, at: 0) == [.stopped])
        var follower = Life()
        follower.tell(.deadlineReached, at: 0)
        follower.tell(.leaseRead(Self.record("5", "n2")), at: 0.1)
        #expect(follower.tell(.stopAsked, at: 0.2) == [.stopped])
    }
}
