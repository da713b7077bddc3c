import Testing
import Timing

@testable import Daemon

/// When the responder gives its real-time priority up, and has it back.
@Suite struct RealTimeShareTests {
    /// Of each period of 1 ms from `start` on, `busy` is worked; whether it is real-time afterwards.
    static func isRealTime(
        _ share: inout RealTimeShare, from start: Int64, periods: Int64, busy: Duration
    ) -> Bool {
        for period in start..<start + periods {
            let at = Instant.zero + .seconds(1_000) + .milliseconds(period)
            share.worked(from: at, until: at + busy)
        }
        return share.isRealTime
    }

    @Test(
        arguments: [
            ("idle", 0, 500, true), ("a busy moment", 1_000, 8, true),
            ("a fifth of a core", 200, 500, true), ("just below half", 490, 500, true),
            ("flooded for 10 ms", 1_000, 10, true), ("flooded for 11 ms", 1_000, 11, false),
            ("flooded", 900, 500, false),
        ] as [(String, Int64, Int64, Bool)])
    func theShareIsHalfACore(
        row: String, busyMicroseconds: Int64, milliseconds: Int64, isRealTime: Bool
    ) {
        var share = RealTimeShare()
        #expect(
            Self.isRealTime(
                &share, from: 0, periods: milliseconds, busy: .microseconds(busyMicroseconds))
                == isRealTime, "\(row)")
    }

    @Test func aCalmTimeGivesItBack() {
        var share = RealTimeShare()
        #expect(!Self.isRealTime(&share, from: 0, periods: 100, busy: .microseconds(900)))
        #expect(!Self.isRealTime(&share, from: 100, periods: 90, busy: .microseconds(50)))
        #expect(Self.isRealTime(&share, from: 190, periods: 40, busy: .microseconds(50)))
    }

    /// Nothing asks any more: the thread wakes by itself to see that.
    @Test func silenceGivesItBack() {
        var share = RealTimeShare()
        #expect(!Self.isRealTime(&share, from: 0, periods: 100, busy: .microseconds(900)))
        let after = Int64(100) + RealTimeShare.calmTime.milliseconds + 20
        #expect(Self.isRealTime(&share, from: after, periods: 1, busy: .zero))
    }

    @Test func aFloodThatGoesOnAtLessIsStillNone() {
        var share = RealTimeShare()
        #expect(!Self.isRealTime(&share, from: 0, periods: 100, busy: .microseconds(900)))
        #expect(!Self.isRealTime(&share, from: 100, periods: 500, busy: .microseconds(300)))
    }
}
