import Addressing
import Testing
import Timing

@testable import Ownership

@Suite struct AnnouncementScheduleTests {
    private static func addresses(_ count: Int) -> [IPAddress] {
        (0..<count).map { .ipv4(IPv4Address(bits: 0xC000_0200 + UInt32($0))) }
    }

    private static func at(_ milliseconds: Int64) -> Instant {
        .zero + .milliseconds(milliseconds)
    }

    @Test func everyAddressOnceBeforeAnyRepeat() {
        let addresses = Self.addresses(30)
        var schedule = AnnouncementSchedule(nodeTag: 1, framesPerSecond: 10, at: .zero)
        for address in addresses { schedule.start(address, at: .zero) }
        var sent: [IPAddress] = []
        while sent.count < 60, let due = schedule.nextDue {
            sent += schedule.due(at: due)
        }
        #expect(Set(sent.prefix(30)) == Set(addresses))
        #expect(Array(sent.prefix(10)) == Array(addresses.prefix(10)))
    }

    @Test func theBucketPacesTheLink() {
        var schedule = AnnouncementSchedule(nodeTag: 1, framesPerSecond: 100, at: .zero)
        for address in Self.addresses(1_000) { schedule.start(address, at: .zero) }
        var sent = 0
        while let due = schedule.nextDue, due <= Self.at(2_000) {
            sent += schedule.due(at: due).count
        }
        #expect((295...300).contains(sent), "a full bucket and two seconds: \(sent)")
    }

    @Test func stepsMissedByALateLoopAreLeftOut() {
        let address = Self.addresses(1)[0]
        var schedule = AnnouncementSchedule(nodeTag: 1, framesPerSecond: 100, at: .zero)
        schedule.start(address, at: .zero)
        #expect(schedule.due(at: Self.at(250)) == [address])
        #expect(schedule.due(at: Self.at(250)) == [])
        #expect(schedule.nextDue == Self.at(400))
    }

    @Test func aNewCauseBeginsTheBurstAnew() {
        let address = Self.addresses(1)[0]
        var schedule = AnnouncementSchedule(nodeTag: 1, framesPerSecond: 100, at: .zero)
        schedule.start(address, at: .zero)
        _ = schedule.due(at: .zero)
        schedule.start(address, at: Self.at(5))
        #expect(schedule.due(at: Self.at(5)) == [address])
        #expect(schedule.nextDue == Self.at(15))
    }

    @Test func whatWasStoppedIsSilent() {
        let addresses = Self.addresses(2)
        var schedule = AnnouncementSchedule(nodeTag: 1, framesPerSecond: 100, at: .zero)
        for address in addresses { schedule.start(address, at: .zero) }
        schedule.stop(addresses[0])
        schedule.stop(addresses[0])
        #expect(schedule.due(at: .zero) == [addresses[1]])
        schedule.stop(addresses[1])
        #expect(schedule.nextDue == nil)
    }

    @Test func refreshesDifferByAddressAndNodeButNotByRun() {
        func refresh(_ address: IPAddress, _ node: UInt64) -> Instant? {
            var schedule = AnnouncementSchedule(nodeTag: node, framesPerSecond: 100, at: .zero)
            schedule.start(address, at: .zero)
            _ = schedule.due(at: Self.at(4_000))
            return schedule.nextDue
        }
        let addresses = Self.addresses(2)
        #expect(refresh(addresses[0], 1) == refresh(addresses[0], 1))
        #expect(refresh(addresses[0], 1) != refresh(addresses[1], 1))
        #expect(refresh(addresses[0], 1) != refresh(addresses[0], 2))
    }
}

@Suite struct TokenBucketTests {
    @Test func savesUpOneSecondAtMost() {
        var bucket = TokenBucket(rate: 5, at: .zero)
        let later = Instant.zero + .seconds(100)
        #expect(bucket.take(9, at: later) == 5)
        #expect(bucket.take(1, at: later) == 0)
        #expect(bucket.nextToken(after: later) == later + .milliseconds(200))
        #expect(bucket.take(9, at: later + .milliseconds(399)) == 1)
        #expect(bucket.take(9, at: later + .milliseconds(400)) == 1)
    }

    @Test func theNextTokenIsThereWhenItIsSaid() {
        for rate in [1, 3, 7, 999, 2_000, TokenBucket.rateMax] {
            var bucket = TokenBucket(rate: rate, at: .zero)
            _ = bucket.take(rate, at: .zero)
            let next = bucket.nextToken(after: .zero)
            #expect(next > .zero, "rate \(rate)")
            #expect(bucket.take(1, at: next) == 1, "rate \(rate)")
        }
    }
}

@Suite struct WakeListTests {
    @Test func wakesInOrderAndOnce() {
        var wakes = WakeList()
        for (slot, milliseconds) in [(1, 30), (2, 10), (3, 20), (2, 10), (4, 10)] {
            wakes.add(slot, at: .zero + .milliseconds(milliseconds))
        }
        #expect(wakes.nextDue == .zero + .milliseconds(10))
        #expect(Set(wakes.due(at: .zero + .milliseconds(15))) == [2, 4])
        #expect(wakes.due(at: .zero + .milliseconds(30)) == [3, 1])
        #expect(wakes.nextDue == nil)
    }
}
