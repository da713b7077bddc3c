import CAllocationCount
import Daemon
import Laboratory
import LinkLayer
import Timing

/// How long an ARP reply takes: the kernel's own, a minimal C responder's, and Herald's, taken by
/// turns in one run on veth pairs. Needs root.
@main
enum ARPReplyBenchmark {
    static let rounds = 10
    static let asksPerRound = 2_000
    static let floodCount = 20_000
    static let floodInFlight = 64

    struct Result {
        var latencies = Distribution()
        var lost = 0
        var answersPerSecond: [Int] = []
        var allocations: UInt = 0
        var floodAnswers = 0
    }

    static func main() throws {
        let client = try NetworkNamespace("client")
        let running = try Rival.allCases.map { try $0.start(for: client) }
        let results = try client.enter { try measure() }
        print(table(results))
        for rival in running { rival.loop?.stop() }
    }

    private static func measure() throws -> [Rival: Result] {
        var results: [Rival: Result] = [:]
        let probers = try Rival.allCases.map { ($0, try Prober($0)) }
        for (_, prober) in probers { try prober.waitForFirstAnswer() }
        for _ in 0..<rounds {
            for (rival, prober) in probers {
                var result = results[rival] ?? Result()
                for _ in 0..<asksPerRound {
                    if let took = try prober.ask() {
                        result.latencies.add(took)
                    } else {
                        result.lost += 1
                    }
                }
                try flood(prober, &result)
                results[rival] = result
            }
        }
        return results
    }

    private static func flood(_ prober: Prober, _ result: inout Result) throws {
        let before = callocationcount_of_this_process()
        let flood = try prober.flood(floodCount, inFlight: floodInFlight)
        result.allocations += callocationcount_of_this_process() - before
        result.floodAnswers += flood.answers
        let perSecond = Int64(flood.answers) * 1_000_000_000 / max(1, flood.took.nanoseconds)
        result.answersPerSecond.append(Int(perSecond))
    }

    private static func table(_ results: [Rival: Result]) -> String {
        let asks = rounds * asksPerRound
        var lines = [
            "ARP replies: \(asks) asked one at a time, microseconds; then 64 in flight", "",
        ]
        lines.append(
            row(["", "p50", "p90", "p99", "p99.9", "max", "lost", "replies/s", "mallocs/reply"]))
        for rival in Rival.allCases {
            guard let result = results[rival] else { continue }
            let median = result.answersPerSecond.sorted()[result.answersPerSecond.count / 2]
            let thousandths = Int(result.allocations) * 1_000 / max(1, result.floodAnswers)
            let quantiles = [0.5, 0.9, 0.99, 0.999, 1].map { result.latencies.quantile($0) }
            lines.append(
                row(
                    [rival.rawValue] + quantiles + [
                        "\(result.lost)", "\(median)",
                        "\(thousandths / 1_000).\(padded(thousandths % 1_000))",
                    ]))
        }
        return lines.joined(separator: "\n")
    }

    private static func padded(_ thousandths: Int) -> String {
        let text = "\(thousandths)"
        return String(repeating: "0", count: 3 - text.count) + text
    }

    private static func row(_ cells: [String]) -> String {
        let first = cells[0] + String(repeating: " ", count: max(0, 12 - cells[0].count))
        let rest = cells.dropFirst().map {
            String(repeating: " ", count: max(1, 10 - $0.count)) + $0
        }
        return first + rest.joined()
    }
}
