import Addressing
import LinkLayer
import Timing

/// Asks who has an address once a millisecond and says which requests nobody answered.
///
/// usage: failover-probe LINK ADDRESS MILLISECONDS; prints one line of JSON.
@main
enum FailoverProbe {
    /// Between two requests.
    static let spacing: Duration = .milliseconds(1)
    /// How long after the last request answers are still taken.
    static let patience: Duration = .milliseconds(100)

    static func main() throws {
        let words = CommandLine.arguments
        guard words.count == 4, let milliseconds = Int(words[3]), milliseconds > 0,
            milliseconds < Questions.countMax
        else { throw Refusal(description: "usage: failover-probe LINK ADDRESS MILLISECONDS") }
        let address = try IPv4Address(words[2])
        var monitor = try LinkMonitor()
        guard let link = try monitor.read().link(named: words[1]) else {
            throw Refusal(description: "there is no link \(words[1])")
        }
        // Without the permission a busy machine makes requests late, which shows as their spacing.
        try? DedicatedThread.scheduleRoundRobin(priority: 1)
        var questions = Questions(of: address, on: link, count: milliseconds)
        try questions.ask(spacing: spacing, patience: patience)
        print(questions.json)
    }
}

struct Refusal: Error, CustomStringConvertible {
    let description: String
}
