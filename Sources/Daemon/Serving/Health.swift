import LinkLayer
import Timing

/// Whether both loops turn; for `/healthz` and for systemd's watchdog.
package struct Health: Sendable {
    /// A loop that has not turned for so long is not healthy.
    static let turnAgeMax = Duration.seconds(1)

    private let loop: APILoop
    /// When the segment loop last turned.
    private let segmentTurn: @Sendable () -> Instant

    package init(loop: APILoop, segmentTurn: @escaping @Sendable () -> Instant) {
        self.loop = loop
        self.segmentTurn = segmentTurn
    }

    /// One sentence for each loop that does not turn; empty when both do.
    package func findings() async -> [String] {
        var findings: [String] = []
        let age = Instant.now() - segmentTurn()
        if age > Self.turnAgeMax {
            findings.append("the segment loop has not turned for \(age.milliseconds) ms")
        }
        if await !apiLoopTurns() {
            findings.append("the API loop has not turned for \(Self.turnAgeMax.milliseconds) ms")
        }
        return findings
    }

    /// The loop answers a question within `turnAgeMax`.
    private func apiLoopTurns() async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { await loop.turned() != nil }
            group.addTask {
                // Cancelled as soon as the loop has answered.
                try? await Task.sleep(for: Self.turnAgeMax)
                return false
            }
            let turned = await group.next() ?? false
            group.cancelAll()
            return turned
        }
    }
}
