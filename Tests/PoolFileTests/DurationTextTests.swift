import Testing

@testable import PoolFile

@Suite struct DurationTextTests {
    @Test(arguments: [
        ("0s", Duration.zero), ("90s", .seconds(90)), ("24h", .seconds(86400)),
        ("1h30m", .seconds(5400)), ("250ms", .milliseconds(250)), ("1m5ms", .milliseconds(60005)),
    ])
    func durationsAreReadAndRenderedBack(text: String, duration: Duration) {
        #expect(DurationText.parse(text) == duration)
        #expect(DurationText.parse(DurationText.render(duration)) == duration)
    }

    @Test(arguments: [
        "", "5", "h", "-1s", "1s1h", "1d", "1.5h", "1h1h", "99999999999h", "1 s", "²s",
    ])
    func whatIsNoDurationIsRefused(text: String) {
        #expect(DurationText.parse(text) == nil)
    }
}
