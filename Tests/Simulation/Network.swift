/// The segments between the stations: what is cut, what is lost, how long a frame travels.
///
/// A station is a node, a client or a foreign host, by number. Cuts are counted, so that the end of
/// one fault does not heal another.
package struct Network: Sendable {
    /// What goes over a segment: a host firewall may stop hellos and let ARP and ND pass.
    package enum Traffic: Sendable {
        case hello
        case neighbour
    }

    /// How one transmission fares: lost, delivered, or delivered twice; delays in nanoseconds.
    package struct Transit: Sendable {
        package var first: Int64?
        package var second: Int64?

        package static let lost = Transit(first: nil, second: nil)
    }

    /// Delay of a frame on an idle segment.
    package static let delay: ClosedRange<Int64> = 50_000...500_000
    /// Delay of a frame that meets a full queue.
    package static let spikeDelay: ClosedRange<Int64> = 500_000...30_000_000

    package let stations: Int
    package let links: Int
    package var lossPerMillion = 0
    package var duplicatesPerMillion = 0
    package var spikesPerMillion = 0
    private var generator: Generator
    /// Hellos that were lost in a row, by link, sender and receiver; those of a cut do not count.
    private var lossRuns: [UInt8]
    private var cuts: [UInt8]
    private var helloCuts: [UInt8]
    private var neighbourCuts: [UInt8]

    package init(stations: Int, links: Int, generator: Generator) {
        self.stations = stations
        self.links = links
        self.generator = generator
        cuts = Array(repeating: 0, count: links * stations * stations)
        helloCuts = Array(repeating: 0, count: stations * stations)
        neighbourCuts = helloCuts
        lossRuns = Array(repeating: 0, count: links * stations * stations)
    }

    private func slot(_ from: Int, _ to: Int, _ link: Int) -> Int {
        (link * stations + from) * stations + to
    }

    /// Cuts or mends one direction of one link.
    package mutating func cut(from: Int, to: Int, link: Int, _ isCut: Bool) {
        cuts[slot(from, to, link)] = Self.counted(cuts[slot(from, to, link)], isCut)
    }

    /// Blocks or frees the hello port in one direction, on every link.
    package mutating func cutHellos(from: Int, to: Int, _ isCut: Bool) {
        helloCuts[slot(from, to, 0)] = Self.counted(helloCuts[slot(from, to, 0)], isCut)
    }

    /// Blocks or frees ARP and Neighbor Discovery in one direction, on every link.
    package mutating func cutNeighbours(from: Int, to: Int, _ isCut: Bool) {
        neighbourCuts[slot(from, to, 0)] = Self.counted(neighbourCuts[slot(from, to, 0)], isCut)
    }

    private static func counted(_ count: UInt8, _ isCut: Bool) -> UInt8 {
        precondition(isCut || count > 0, "a path was mended that was not cut")
        return isCut ? count + 1 : count - 1
    }

    package func passes(_ traffic: Traffic, from: Int, to: Int, link: Int) -> Bool {
        let blocked = traffic == .hello ? helloCuts : neighbourCuts
        return cuts[slot(from, to, link)] == 0 && blocked[slot(from, to, 0)] == 0
    }

    /// True when both directions of the link carry frames between the two.
    package func isConnected(_ one: Int, _ other: Int, link: Int) -> Bool {
        passes(.neighbour, from: one, to: other, link: link)
            && passes(.neighbour, from: other, to: one, link: link)
    }

    /// True when hellos reach both from both on every link.
    package func exchangesHellos(_ one: Int, _ other: Int) -> Bool {
        (0..<links).allSatisfy {
            passes(.hello, from: one, to: other, link: $0)
                && passes(.hello, from: other, to: one, link: $0)
        }
    }

    /// Sends one frame or datagram; each delay is drawn by itself, so later ones may arrive first.
    package mutating func send(_ traffic: Traffic, from: Int, to: Int, link: Int) -> Transit {
        guard passes(traffic, from: from, to: to, link: link) else { return .lost }
        guard !generator.chance(perMillion: lossPerMillion) else {
            if traffic == .hello, lossRuns[slot(from, to, link)] < .max {
                lossRuns[slot(from, to, link)] += 1
            }
            return .lost
        }
        if traffic == .hello { lossRuns[slot(from, to, link)] = 0 }
        let again = generator.chance(perMillion: duplicatesPerMillion)
        return Transit(first: drawDelay(), second: again ? drawDelay() : nil)
    }

    /// How many hellos in a row were lost by chance on this way.
    package func lossRun(from: Int, to: Int, link: Int) -> Int {
        Int(lossRuns[slot(from, to, link)])
    }

    private mutating func drawDelay() -> Int64 {
        generator.within(
            generator.chance(perMillion: spikesPerMillion) ? Self.spikeDelay : Self.delay)
    }
}
