import Addressing
import LinkLayer
import Ownership
import Testing
import Timing

@testable import Daemon

/// Which addresses are put on links, refreshed and taken off: a life told without a kernel.
@Suite struct HostAddressPlanTests {
    static func host(_ last: UInt8, on link: Int32 = 2) -> HostAddress {
        HostAddress(.ipv4(IPv4Address(192, 0, 2, last)), on: link)
    }

    static func entry(
        _ last: UInt8, on link: Int32 = 2, until: Instant? = nil, kernel: Bool = true
    ) -> AnswerTable.Entry {
        .init(
            link: link, address: .ipv4(IPv4Address(192, 0, 2, last)), until: until,
            isAnsweredByKernel: kernel)
    }

    static func at(_ milliseconds: Int64) -> Instant { .zero + .milliseconds(milliseconds) }

    /// Reads what is there, then takes every step, each with success.
    static func settle(_ plan: inout HostAddressPlan, at now: Instant, isTrusted: Bool = true) {
        if plan.wantsReading(at: now) { plan.found(plan.present.sorted(), at: now) }
        for step in plan.steps(at: now, isTrusted: isTrusted) { plan.took(step) }
    }

    @Test func whatIsAnsweredForByTheKernelIsPutOnItsLinks() {
        var plan = HostAddressPlan(at: .zero, found: [])
        #expect(plan.steps(at: .zero, isTrusted: true).isEmpty)
        plan.follow(
            AnswerTable([
                Self.entry(17, on: 3), Self.entry(16), Self.entry(18, kernel: false),
                Self.entry(17),
            ]), at: Self.at(10))
        #expect(
            plan.steps(at: Self.at(10), isTrusted: true) == [
                .add(Self.host(16)), .add(Self.host(17)), .add(Self.host(17, on: 3)),
            ])
    }

    /// Before anything is added: no address is answered for by two nodes longer than it must.
    @Test func whatIsLostIsTakenOffFirst() {
        var plan = HostAddressPlan(at: .zero, found: [])
        plan.follow(AnswerTable([Self.entry(17)]), at: .zero)
        Self.settle(&plan, at: .zero)
        plan.follow(AnswerTable([Self.entry(16)]), at: Self.at(10))
        #expect(
            plan.steps(at: Self.at(10), isTrusted: true) == [
                .remove(Self.host(17)), .add(Self.host(16)),
            ])
    }

    /// Make-before-break: it stays until the successor's claim was heard and a little longer.
    @Test func whatIsLingeredForGoesWhenItsTimeComes() {
        var plan = HostAddressPlan(at: .zero, found: [])
        plan.follow(AnswerTable([Self.entry(16)]), at: .zero)
        Self.settle(&plan, at: .zero)
        plan.follow(AnswerTable([Self.entry(16, until: Self.at(13))]), at: Self.at(10))
        #expect(plan.steps(at: Self.at(12), isTrusted: true).isEmpty)
        #expect(plan.nextDeadline(at: Self.at(12)) == Self.at(13))
        #expect(plan.steps(at: Self.at(13), isTrusted: true) == [.remove(Self.host(16))])
    }

    @Test func itIsRefreshedWellBeforeTheKernelLetsItGo() {
        let refresh = HostAddressPlan.refreshInterval
        #expect(refresh * 3 < .seconds(Int(HostAddress.validSeconds)))
        var plan = HostAddressPlan(at: .zero, found: [])
        plan.follow(AnswerTable([Self.entry(16)]), at: .zero)
        Self.settle(&plan, at: .zero)
        let due = plan.nextDeadline(at: .zero)
        #expect(due.map { $0 <= .zero + refresh } ?? false)
        let now = Instant.zero + refresh
        #expect(plan.wantsReading(at: now))
        plan.found([Self.host(16)], at: now)
        #expect(plan.steps(at: now, isTrusted: true) == [.refresh(Self.host(16))])
        #expect(plan.nextDeadline(at: now) == now + refresh)
        plan.took(.refresh(Self.host(16)))
        #expect(plan.steps(at: now, isTrusted: true).isEmpty, "once")
    }

    @Test func whatSomebodyTookOffIsPutThereAgain() {
        var plan = HostAddressPlan(at: .zero, found: [])
        plan.follow(AnswerTable([Self.entry(16)]), at: .zero)
        Self.settle(&plan, at: .zero)
        plan.found([], at: Self.at(3_000))
        #expect(plan.steps(at: Self.at(3_000), isTrusted: true) == [.add(Self.host(16))])
    }

    // MARK: - What a killed daemon left

    @Test func whatWasLeftIsAdoptedWhenItIsAnsweredForAgain() {
        var plan = HostAddressPlan(at: .zero, found: [Self.host(16), Self.host(17)])
        #expect(plan.steps(at: Self.at(100), isTrusted: true).isEmpty, "waits")
        plan.follow(AnswerTable([Self.entry(16)]), at: Self.at(300))
        #expect(plan.wantsReading(at: Self.at(300)), "it may be about to end")
        plan.found([Self.host(16), Self.host(17)], at: Self.at(300))
        #expect(
            plan.steps(at: Self.at(300), isTrusted: true) == [
                .remove(Self.host(17)), .refresh(Self.host(16)),
            ])
    }

    @Test func whatWasLeftIsTakenOffWhenNothingIsAnsweredFor() {
        var plan = HostAddressPlan(at: .zero, found: [Self.host(16)])
        let end = Instant.zero + HostAddressPlan.adoptionWait
        #expect(plan.nextDeadline(at: .zero) == end)
        #expect(plan.steps(at: end, isTrusted: true) == [.remove(Self.host(16))])
        plan.took(.remove(Self.host(16)))
        #expect(plan.nextDeadline(at: end) == nil, "nothing left to do")
        #expect(!plan.isBusy)
    }

    // MARK: - What goes wrong

    /// As the responder falls silent: another node may have taken over.
    @Test func aSegmentLoopThatStandsStillTakesEverythingOff() {
        var plan = HostAddressPlan(at: .zero, found: [])
        plan.follow(AnswerTable([Self.entry(16)]), at: .zero)
        Self.settle(&plan, at: .zero)
        #expect(plan.steps(at: Self.at(10), isTrusted: false) == [.remove(Self.host(16))])
        plan.took(.remove(Self.host(16)))
        #expect(plan.isBusy, "the loop is watched until it turns again")
        #expect(plan.steps(at: Self.at(20), isTrusted: true) == [.add(Self.host(16))])
    }

    @Test func whatTheKernelRefusesIsTriedAgainNotAtOnce() {
        var plan = HostAddressPlan(at: .zero, found: [])
        plan.follow(AnswerTable([Self.entry(16)]), at: .zero)
        plan.found([], at: .zero)
        plan.couldNotTake(.add(Self.host(16)), at: .zero)
        #expect(plan.steps(at: Self.at(1), isTrusted: true).isEmpty)
        let retry = Instant.zero + HostAddressPlan.retryInterval
        #expect(plan.nextDeadline(at: Self.at(1)) == retry)
        #expect(plan.steps(at: retry, isTrusted: true) == [.add(Self.host(16))])
    }

    /// What was known to be there stands: nothing is put there twice, nothing is forgotten.
    @Test func aMissedReadingChangesNothingAndIsTriedAgain() {
        var plan = HostAddressPlan(at: .zero, found: [])
        plan.follow(AnswerTable([Self.entry(16), Self.entry(17)]), at: .zero)
        Self.settle(&plan, at: .zero)
        let due = Instant.zero + HostAddressPlan.refreshInterval
        plan.missedReading(at: due)
        #expect(plan.present == [Self.host(16), Self.host(17)])
        #expect(plan.steps(at: due, isTrusted: true).isEmpty)
        let retry = due + HostAddressPlan.retryInterval
        #expect(plan.nextDeadline(at: due) == retry)
        plan.follow(AnswerTable([Self.entry(16)]), at: due + .milliseconds(10))
        #expect(
            plan.steps(at: due + .milliseconds(10), isTrusted: true) == [
                .remove(Self.host(17))
            ], "what is lost goes all the same")
        plan.took(.remove(Self.host(17)))
        #expect(plan.wantsReading(at: retry))
        plan.found([Self.host(16)], at: retry)
        #expect(plan.steps(at: retry, isTrusted: true) == [.refresh(Self.host(16))])
    }

    /// What is there may be a former daemon's: it would be taken for somebody else's.
    @Test func nothingIsPutThereBeforeTheFirstReading() {
        var plan = HostAddressPlan(at: .zero, found: nil)
        #expect(plan.nextDeadline(at: .zero) == Instant.zero + HostAddressPlan.retryInterval)
        plan.follow(AnswerTable([Self.entry(16)]), at: Self.at(10))
        #expect(plan.wantsReading(at: Self.at(10)))
        plan.missedReading(at: Self.at(10))
        #expect(plan.steps(at: Self.at(10), isTrusted: true).isEmpty)
        let retry = Self.at(10) + HostAddressPlan.retryInterval
        #expect(plan.nextDeadline(at: Self.at(10)) == retry)
        plan.found([Self.host(16), Self.host(17)], at: retry)
        #expect(
            plan.steps(at: retry, isTrusted: true) == [
                .remove(Self.host(17)), .refresh(Self.host(16)),
            ])
    }

    /// It may still be there, and another node's: that is not left to the next refresh, nor for good
    /// when nothing else is wanted.
    @Test func whatCouldNotBeTakenOffIsLookedForSoon() {
        var plan = HostAddressPlan(at: .zero, found: [])
        plan.follow(AnswerTable([Self.entry(16)]), at: .zero)
        Self.settle(&plan, at: .zero)
        plan.follow(.empty, at: Self.at(10))
        plan.couldNotTake(.remove(Self.host(16)), at: Self.at(10))
        let retry = Self.at(10) + HostAddressPlan.retryInterval
        #expect(plan.nextDeadline(at: Self.at(10)) == retry)
        #expect(plan.wantsReading(at: retry))
        plan.found([Self.host(16)], at: retry)
        #expect(plan.steps(at: retry, isTrusted: true) == [.remove(Self.host(16))])
        plan.took(.remove(Self.host(16)))
        #expect(plan.nextDeadline(at: retry) == nil)
    }

    /// The administrator put it there, for one: it is his to take off.
    @Test func whatIsThereByAnotherHandIsNeverTakenOff() {
        var plan = HostAddressPlan(at: .zero, found: [])
        plan.follow(AnswerTable([Self.entry(16)]), at: .zero)
        plan.couldNotTake(.add(Self.host(16)), isForeign: true, at: .zero)
        #expect(plan.foreign == [Self.host(16)])
        plan.follow(.empty, at: Self.at(10))
        #expect(plan.steps(at: Self.at(10), isTrusted: true).isEmpty)
        #expect(plan.foreign.isEmpty)
        #expect(plan.lastSteps.isEmpty)
    }

    @Test func theEndTakesEverythingOff() {
        var plan = HostAddressPlan(at: .zero, found: [Self.host(17)])
        plan.follow(AnswerTable([Self.entry(16), Self.entry(17)]), at: .zero)
        Self.settle(&plan, at: .zero)
        #expect(plan.lastSteps == [.remove(Self.host(16)), .remove(Self.host(17))])
    }
}
