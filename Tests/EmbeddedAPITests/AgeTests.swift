import Testing

@testable import EmbeddedAPI

@Suite struct AgeTests {
    static let ages: [(Int64, String)] = [
        (-5, "<invalid>"), (-1, "0s"), (0, "0s"), (119, "119s"), (120, "2m"), (125, "2m5s"),
        (599, "9m59s"), (600, "10m"), (10_799, "179m"), (10_800, "3h"), (10_860, "3h1m"),
        (28_800, "8h"), (172_799, "47h"), (172_800, "2d"), (180_000, "2d2h"), (691_200, "8d"),
        (63_071_999, "729d"), (63_072_000, "2y"), (63_072_000 + 86_400, "2y1d"),
        (252_288_000, "8y"),
    ]

    @Test(arguments: ages) func agesReadAsKubectlWritesThem(seconds: Int64, text: String) {
        #expect(humanDuration(seconds: seconds) == text)
    }
}
