import Addressing
import LinkLayer
import Timing

/// Watches addresses while their owners fail: one host asks who has the first, one pings all of them
/// through its kernel, one listens.
///
/// usage: failover-probe LINK ADDRESS MILLISECONDS: asks from here, for an address of either family;
/// prints one line of JSON.
///
/// usage: failover-probe watch ASKER CLIENT LISTENER ADDRESS...: from these network namespaces, of
/// which each has a link eth0; all addresses are of one family, whichever. A line on standard input
/// begins a phase of that name, `end` ends the last; prints one line of JSON for each phase.
@main
enum FailoverProbe {
    /// Phase of everything before the first mark.
    static let firstPhase = "before"

    static func main() throws {
        let words = Array(CommandLine.arguments.dropFirst())
        // Without the permission a busy machine makes requests late, which shows as their spacing.
        try? DedicatedThread.scheduleRoundRobin(priority: 1)
        if words.first == "watch", words.count >= 5 {
            let addresses = try words[4...].map { try IPAddress($0) }
            var watch = Watch(
                questions: try inNamespace(words[1]) {
                    try Questions(of: addresses[0], on: link(named: "eth0"))
                },
                echoes: try inNamespace(words[2]) { try Echoes(of: addresses) },
                announcements: try inNamespace(words[3]) {
                    try Announcements(of: addresses[0], on: link(named: "eth0"))
                })
            try watch.run(Marks(reading: 0))
            for phase in watch.phases { print(phase.json) }
        } else if words.count == 3, let milliseconds = Int64(words[2]), milliseconds > 0 {
            var watch = Watch(
                questions: try Questions(of: IPAddress(words[1]), on: link(named: words[0])))
            try watch.run(Marks(endingAfter: .milliseconds(milliseconds)))
            for phase in watch.phases { print(phase.json) }
        } else {
            throw Refusal(
                description: "usage: failover-probe LINK ADDRESS MILLISECONDS, or "
                    + "failover-probe watch ASKER CLIENT LISTENER ADDRESS...")
        }
    }

    private static func link(named name: String) throws -> Link {
        var monitor = try LinkMonitor()
        guard let link = try monitor.read().link(named: name) else {
            throw Refusal(description: "there is no link \(name)")
        }
        return link
    }
}

struct Refusal: Error, CustomStringConvertible {
    let description: String
}
