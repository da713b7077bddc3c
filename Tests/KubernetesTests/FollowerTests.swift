import NIOCore
import Testing
import Timing

@testable import Kubernetes

@Suite struct FollowerTests {
    private static func refused(
        _ status: Int, _ reason: String = "", _ message: String = "", retryAfter: Duration? = nil
    ) -> KubernetesError {
        let refusal = KubernetesError.Refusal(
            httpStatus: status, reason: reason, message: message, retryAfter: retryAfter)
        return KubernetesError(verb: .watch, path: "/api/v1/services", cause: .refused(refusal))
    }

    private static let reset = KubernetesError(
        verb: .watch, path: "/api/v1/services", cause: .unreachable("connection reset"))
    private static let gone = refused(410, "Expired")
    private static let future = refused(
        504, "Timeout", "Timeout: Too large resource version: 9, current: 3")

    /// A follower that has been told some events, one a second, with every draw 0.
    private struct Life {
        var follower = Follower()
        var now = Instant.zero
        var effects: [Follower.Effect] = []

        init(_ events: [Follower.Event]) {
            for event in events { tell(event) }
        }

        mutating func tell(_ event: Follower.Event, after pause: Duration = .seconds(1)) {
            now = now + pause
            effects = follower.handle(event, at: now, draw: 0)
        }
    }

    private static let watching: [Follower.Event] = [
        .started, .listed(resourceVersion: "10"), .watchOpened,
    ]
    private static let lifetime: Duration = .seconds(18)

    @Test(
        arguments: [
            ("starts by listing", [], Follower.Event.started, [Follower.Effect.list]),
            (
                "watches from the list", [.started], .listed(resourceVersion: "10"),
                [.watch(resourceVersion: "10", lifetime: lifetime)]
            ),
            ("says nothing when all is well", Array(watching.dropLast()), .watchOpened, []),
            (
                "goes on where the last change was", watching + [.advanced(resourceVersion: "12")],
                .watchEnded, [.watch(resourceVersion: "12", lifetime: lifetime)]
            ),
            (
                "goes on from the list when nothing happened", watching, .watchEnded,
                [.watch(resourceVersion: "10", lifetime: lifetime)]
            ),
            (
                "a broken watch is an interruption", watching, .watchFailed(reset),
                [.reportInterrupted(reset), .pause(.milliseconds(50))]
            ),
            (
                "a refused watch is one", Array(watching.dropLast()), .watchFailed(refused(500)),
                [.reportInterrupted(refused(500)), .pause(.milliseconds(50))]
            ),
            (
                "a failed list is one", [.started], .listFailed(reset),
                [.reportInterrupted(reset), .pause(.milliseconds(50))]
            ),
            ("an expired place means a new list, at once", watching, .watchFailed(gone), [.list]),
            (
                "also before the watch opened", Array(watching.dropLast()), .watchFailed(gone),
                [.list]
            ),
            ("so does one of the future", watching, .watchFailed(future), [.list]),
            (
                "a second expiry in a row waits",
                watching + [.watchFailed(gone)] + watching.dropFirst(),
                .watchFailed(gone), [.reportInterrupted(gone), .pause(.milliseconds(100))]
            ),
            (
                "a list that expired is retried", [.started], .listFailed(gone),
                [.reportInterrupted(gone), .pause(.milliseconds(50))]
            ),
            (
                "the server's wish is respected", watching,
                .watchFailed(refused(429, retryAfter: .seconds(3))),
                [
                    .reportInterrupted(refused(429, retryAfter: .seconds(3))), .pause(.seconds(3)),
                ]
            ),
            (
                "after the pause it goes on where it was", watching + [.watchFailed(reset)],
                .pauseEnded, [.watch(resourceVersion: "10", lifetime: lifetime)]
            ),
            (
                "or lists when there is no place", [.started, .listFailed(reset)], .pauseEnded,
                [.list]
            ),
            (
                "a reopened watch is a resumption",
                watching + [.watchFailed(reset), .pauseEnded], .watchOpened, [.reportResumed]
            ),
            (
                "the same reason is said once", watching + [.watchFailed(reset), .pauseEnded],
                .watchFailed(reset), [.pause(.milliseconds(100))]
            ),
            (
                "another reason is said", watching + [.watchFailed(reset), .pauseEnded],
                .watchFailed(refused(401)),
                [.reportInterrupted(refused(401)), .pause(.milliseconds(100))]
            ),
        ] as [(String, [Follower.Event], Follower.Event, [Follower.Effect])])
    func decides(
        name: String, before: [Follower.Event], event: Follower.Event, effects: [Follower.Effect]
    ) {
        var life = Life(before)
        life.tell(event)
        #expect(life.effects == effects, "\(name)")
    }

    @Test func anOutageIsALifeOfOneInterruption() {
        var life = Life(Self.watching)
        var reports = 0
        for _ in 0..<20 {
            life.tell(.watchFailed(Self.reset))
            reports += life.effects.filter { $0 == .reportInterrupted(Self.reset) }.count
            life.tell(.pauseEnded)
        }
        #expect(reports == 1)
        life.tell(.watchFailed(Self.gone))
        #expect(life.effects.contains(.reportInterrupted(Self.gone)))
        life.tell(.pauseEnded)
        #expect(life.effects == [.list])
        life.tell(.listed(resourceVersion: "90"))
        #expect(life.effects == [.watch(resourceVersion: "90", lifetime: Self.lifetime)])
        life.tell(.watchOpened)
        #expect(life.effects == [.reportResumed])
        life.tell(.advanced(resourceVersion: "91"))
        life.tell(.watchFailed(Self.reset))
        #expect(life.effects.last == .pause(.milliseconds(50)), "a change ends the backoff")
    }

    /// A server that accepts watches and drops them at once is not asked in a tight loop.
    @Test func watchesThatEndAtOnceAreSpacedOut() {
        var life = Life(Self.watching)
        for wait in [50, 100, 200, 400] {
            life.tell(.watchEnded, after: .milliseconds(5))
            #expect(life.effects == [.pause(.milliseconds(wait))])
            life.tell(.pauseEnded)
            life.tell(.watchOpened)
        }
        life.tell(.watchEnded, after: Follower.watchShort)
        #expect(life.effects == [.watch(resourceVersion: "10", lifetime: Self.lifetime)])
        life.tell(.watchOpened)
        life.tell(.watchEnded, after: .milliseconds(5))
        #expect(life.effects == [.pause(.milliseconds(50))], "a watch that lasted ends the backoff")
    }

    /// A watch that the server refuses from this place again and again may be refused for it.
    @Test(arguments: [(500, true), (400, true), (503, false), (429, false), (403, false)])
    func afterManyRefusalsThePlaceIsSuspected(status: Int, lists: Bool) {
        var life = Life(Self.watching)
        for _ in 0..<Follower.refusalsBeforeListing {
            life.tell(.watchFailed(Self.refused(status)))
            life.tell(.pauseEnded)
            #expect(life.effects == [.watch(resourceVersion: "10", lifetime: Self.lifetime)])
        }
        life.tell(.watchFailed(Self.refused(status)))
        life.tell(.pauseEnded)
        #expect((life.effects == [.list]) == lists)
    }

    @Test func withoutAnAnswerThePlaceIsKept() {
        var life = Life(Self.watching)
        for _ in 0..<20 {
            life.tell(.watchFailed(Self.reset))
            life.tell(.pauseEnded)
            #expect(life.effects == [.watch(resourceVersion: "10", lifetime: Self.lifetime)])
        }
    }

    /// Every watch ends while a silent one would still be waited for.
    @Test func lifetimesAreSpreadBelowTheSilenceThatIsTolerated() {
        for draw in [0, 0.25, 0.5, 0.999_999] {
            var follower = Follower()
            _ = follower.handle(.started, at: .zero, draw: draw)
            let effects = follower.handle(.listed(resourceVersion: "1"), at: .zero, draw: draw)
            guard case .watch(_, let lifetime) = effects.first else {
                Issue.record("\(effects)")
                continue
            }
            #expect(lifetime >= .seconds(18) && lifetime <= .seconds(24))
            #expect(
                lifetime + .seconds(5) < .nanoseconds(KubernetesClient.silenceMax.nanoseconds))
        }
    }
}
