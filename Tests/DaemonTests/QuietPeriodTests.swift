import Testing
import Timing

@testable import Daemon

@Suite struct QuietPeriodTests {
    @Test func itEndsAHundredMillisecondsAfterTheLastChange() {
        var quiet = QuietPeriod()
        #expect(quiet.deadline == nil && !quiet.isOver(at: .zero))
        quiet.changed(at: .zero)
        quiet.changed(at: .zero + .milliseconds(50))
        #expect(quiet.deadline == .zero + .milliseconds(150))
        #expect(!quiet.isOver(at: .zero + .milliseconds(149)))
        #expect(quiet.isOver(at: .zero + .milliseconds(150)))
    }

    @Test func aFileThatIsWrittenWithoutEndIsReadAfterASecond() {
        var quiet = QuietPeriod()
        for step in 0...100 { quiet.changed(at: .zero + .milliseconds(Int64(step) * 50)) }
        #expect(quiet.deadline == .zero + .seconds(1))
    }
}
