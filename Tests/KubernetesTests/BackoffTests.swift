import Testing

@testable import Kubernetes

@Suite struct BackoffTests {
    private static func waits(_ count: Int, draw: Double) -> [Duration] {
        var backoff = Backoff(first: .milliseconds(100), longest: .seconds(10))
        return (0..<count).map { _ in backoff.next(draw: draw) }
    }

    @Test func waitsDoubleUpToTheLongest() {
        let halves = [50, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]
        #expect(Self.waits(9, draw: 0) == halves.map { .milliseconds($0) })
        let threeQuarters = [75, 150, 300, 600, 1_200, 2_400, 4_800, 7_500, 7_500]
        #expect(Self.waits(9, draw: 0.5) == threeQuarters.map { .milliseconds($0) })
    }

    @Test func itNeitherOverflowsNorLeavesItsBounds() {
        for draw in [0, 0.999_999] {
            for wait in Self.waits(200, draw: draw).dropFirst(7) {
                #expect((.seconds(5)...(.seconds(10))).contains(wait))
            }
        }
    }

    @Test func successStartsAnew() {
        var backoff = Backoff()
        for _ in 0..<5 { _ = backoff.next(draw: 0) }
        backoff.succeeded()
        #expect(backoff.failures == 0)
        #expect(backoff.next(draw: 0) == .milliseconds(50))
    }

    @Test(arguments: [
        ("longer than ours", 3, 3_000),
        ("shorter than ours", 0, 50),
        ("absurd", 1_000_000, 60_000),
        ("negative", -5, 50),
    ])
    func theServersWishIsTheLeast(name: String, seconds: Int, milliseconds: Int) {
        var backoff = Backoff()
        let wait = backoff.next(draw: 0, retryAfter: .seconds(seconds))
        #expect(wait == .milliseconds(milliseconds), "\(name)")
    }
}
