import Addressing
import CAllocationCount
import CMinimalResponder
import Daemon
import Laboratory
import LinkLayer
import Timing

/// How long a reply takes: the kernel's own, a minimal C responder's, and Herald's, taken by turns in
/// one run on veth pairs.
enum Replies {
    static let rounds = 10
    static let asksPerRound = 2_000
    static let floodCount = 20_000
    static let floodInFlight = 64
    /// How long each is asked for more than it can answer.
    static let hammerTime: Duration = .milliseconds(300)

    /// Where threads run while one asks and another answers: left to the scheduler, now one, now the
    /// other costs the waking of a core that sleeps, and nothing could be compared.
    enum Place: CaseIterable {
        case oneCore, coresApart

        /// The asking thread's, and all others', a bit for each core.
        var cores: (own: UInt, others: UInt) { self == .oneCore ? (1, 1) : (1, 2) }
    }

    struct Result {
        var latencies: [Place: Distribution] = [:]
        var lost = 0
        var answersPerSecond: [Int] = []
        var answersPerSecondMax: [Int] = []
        var allocations: UInt = 0
        var floodAnswers = 0
    }

    static func run() throws {
        for family in AddressFamily.allCases {
            let client = try NetworkNamespace("client")
            let running = try Rival.allCases.map { try $0.start(family, for: client) }
            let results = try client.enter { try measure(family) }
            let kind = family == .ipv4 ? "ARP replies" : "Neighbor advertisements"
            print(
                "\(kind): \(rounds * asksPerRound) asked one at a time on one core, as many with a "
                    + "core for each side, microseconds; then \(floodInFlight) in flight; then as "
                    + "many as one thread can ask\n")
            print(table(Rival.allCases.map { ($0.rawValue, results[$0] ?? Result()) }))
            for rival in running { rival.loop?.stop() }
        }
    }

    private static func measure(_ family: AddressFamily) throws -> [Rival: Result] {
        let probers = try Rival.allCases.map {
            ($0, try Prober(on: $0.clientLink, for: $0.address(family)))
        }
        return try measure(probers)
    }

    /// Each in its turn, round by round.
    static func measure<Key: Hashable>(_ probers: [(Key, Prober)]) throws -> [Key: Result] {
        var results: [Key: Result] = [:]
        for (_, prober) in probers { try prober.waitForFirstAnswer() }
        for _ in 0..<rounds {
            for (key, prober) in probers {
                var result = results[key] ?? Result()
                for place in Place.allCases { try ask(prober, place, &result) }
                _ = cminimalresponder_place(0, 0)
                try flood(prober, &result)
                try hammer(prober, &result)
                results[key] = result
            }
        }
        return results
    }

    private static func ask(_ prober: Prober, _ place: Place, _ result: inout Result) throws {
        guard cminimalresponder_place(place.cores.own, place.cores.others) == 0 else {
            throw SystemCallError("sched_setaffinity", on: "\(place)", errno: 22)
        }
        for _ in 0..<asksPerRound {
            if let took = try prober.ask() {
                result.latencies[place, default: Distribution()].add(took)
            } else {
                result.lost += 1
            }
        }
    }

    private static func flood(_ prober: Prober, _ result: inout Result) throws {
        let before = callocationcount_of_this_process()
        let flood = try prober.flood(floodCount, inFlight: floodInFlight)
        result.allocations += callocationcount_of_this_process() - before
        result.floodAnswers += flood.answers
        let perSecond = Int64(flood.answers) * 1_000_000_000 / max(1, flood.took.nanoseconds)
        result.answersPerSecond.append(Int(perSecond))
    }

    private static func hammer(_ prober: Prober, _ result: inout Result) throws {
        let flood = try prober.hammer(until: .now() + hammerTime)
        result.answersPerSecondMax.append(
            Int(Int64(flood.answers) * 1_000 / hammerTime.milliseconds))
        try prober.awaitSilence()
    }

    static func table(_ results: [(name: String, result: Result)]) -> String {
        let times = ["p50", "p90", "p99", "p99.9"]
        let head =
            Place.allCases.flatMap { _ in times } + [
                "lost", "replies/s", "most/s", "mallocs/reply",
            ]
        let rows = results.map { name, result in
            let rates = [result.answersPerSecond, result.answersPerSecondMax].map(median)
            let thousandths = Int(result.allocations) * 1_000 / max(1, result.floodAnswers)
            let quantiles = Place.allCases.flatMap { place in
                [0.5, 0.9, 0.99, 0.999].map { result.latencies[place]?.quantile($0) ?? "-" }
            }
            let allocations = "\(thousandths / 1_000).\(padded(thousandths % 1_000))"
            return [name] + quantiles + ["\(result.lost)"] + rates + [allocations]
        }
        return ([[""] + head] + rows).map { ReplyBenchmark.row($0, first: 22) }
            .joined(separator: "\n")
    }

    private static func median(_ rates: [Int]) -> String {
        rates.isEmpty ? "-" : "\(rates.sorted()[rates.count / 2])"
    }

    private static func padded(_ thousandths: Int) -> String {
        let text = "\(thousandths)"
        return String(repeating: "0", count: 3 - text.count) + text
    }
}
