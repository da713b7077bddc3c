import Laboratory
import LinkLayer

/// What answering on the wire costs and bears. Needs root.
///
///     benchmark-arp-reply [replies] [many] [hostile] [links]      # without a word: all of it
@main
enum ReplyBenchmark {
    static func main() throws {
        let words = CommandLine.arguments.dropFirst()
        let sections: [(name: String, run: () throws -> Void)] = [
            ("replies", Replies.run), ("many", ManyAddresses.run), ("hostile", HostileFlood.run),
            ("links", LinkEvents.run),
        ]
        if let unknown = words.first(where: { word in !sections.contains { $0.name == word } }) {
            throw SystemCallError("benchmark-arp-reply", on: unknown, errno: 22)
        }
        for section in sections where words.isEmpty || words.contains(section.name) {
            try section.run()
            print()
        }
    }

    /// The first cell to the left, the others to the right.
    static func row(_ cells: [String], first width: Int = 12) -> String {
        let first = cells[0] + String(repeating: " ", count: max(1, width - cells[0].count))
        let rest = cells.dropFirst().map {
            String(repeating: " ", count: max(1, 10 - $0.count)) + $0
        }
        return first + rest.joined()
    }
}
