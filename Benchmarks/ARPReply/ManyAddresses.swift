import Addressing
import Daemon
import Laboratory
import LinkLayer
import Ownership
import Timing

/// What it costs to own 10,000 addresses rather than one: a reply, a look into the table, memory.
enum ManyAddresses {
    static let count = 10_000
    static let lookups = 2_000_000

    static func run() throws {
        let client = try NetworkNamespace("client")
        let wanted = IPv4Address(10, 0, 0, 0)
        let many = (0..<UInt32(count)).map {
            IPAddress.ipv4(IPv4Address(bits: wanted.bits + $0))
        }
        // In the middle: neither first nor last.
        let asked = many[count / 2 + 1]
        let one = try Rival.startLoop(for: [asked], in: Rival.plug("to-one", for: client))
        try client.enter { try Prober(on: "to-one", for: asked).waitForFirstAnswer() }
        let before = try residentKiB()
        let all = try Rival.startLoop(for: many, in: Rival.plug("to-all", for: client))
        try client.enter {
            try Prober(on: "to-all", for: asked).waitForFirstAnswer()
            try awaitQuiet(on: "to-all")
        }
        let after = try residentKiB()
        let results = try client.enter {
            try Replies.measure(
                try ["to-one", "to-all"].map { ($0, try Prober(on: $0, for: asked)) })
        }
        print("ARP replies of a node that owns 1, and \(count) addresses, microseconds\n")
        print(
            Replies.table([
                ("1 address", results["to-one"] ?? Replies.Result()),
                ("\(count) addresses", results["to-all"] ?? Replies.Result()),
            ]))
        print("\na look into the table alone: 1 address \(look(1)) ns, \(count): \(look(count)) ns")
        print("resident memory: + \((after - before) / 1_024) MiB for the loop with \(count)")
        one.stop()
        all.stop()
    }

    /// Until the bursts of all addresses are over.
    private static func awaitQuiet(on link: String) throws {
        let quiet = Duration.milliseconds(1_500)
        let watch = try Listener(on: link)
        let deadline = Instant.now() + .seconds(120)
        while try watch.frames(within: quiet) > 600, Instant.now() < deadline {}
    }

    /// The nanoseconds that one look took on average, of addresses in turn that are there.
    private static func look(_ count: Int) -> Int64 {
        let table = AnswerTable(
            (0..<UInt32(count)).map {
                .init(link: 2, address: .ipv4(IPv4Address(bits: 0x0A00_0000 + $0)))
            })
        var found = 0
        let now = Instant.now()
        let start = Instant.now()
        for number in 0..<UInt32(lookups) {
            let address = IPv4Address(bits: 0x0A00_0000 + number &* 7_919 % UInt32(count))
            if table.answers(.ipv4(address), on: 2, at: now) { found += 1 }
        }
        let took = Instant.now() - start
        precondition(found == lookups, "\(found) of \(lookups) found")
        return took.nanoseconds / Int64(lookups)
    }

    /// Of this process (proc(5), statm): the second number, in pages of 4 KiB.
    static func residentKiB() throws -> Int {
        let text = try Command.run("cat", ["/proc/\(ProcessNumber.own)/statm"]).output
        return Int(text.split(separator: " ")[1]).map { $0 * 4 } ?? 0
    }
}
