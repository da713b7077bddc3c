import Glibc
import LinkLayer
import Timing

/// When phases begin, as standard input or a duration says.
struct Marks {
    /// The word that ends the last phase.
    static let endWord = "end"

    /// Nil: everything ends at `end`.
    let descriptor: Int32?
    private(set) var phases: [(name: String, start: Instant)]
    private(set) var end: Instant?
    private var unfinished = ""

    /// A line of `descriptor` begins a phase of that name.
    init(reading descriptor: Int32) {
        self.descriptor = descriptor
        phases = [(FailoverProbe.firstPhase, .now())]
    }

    init(endingAfter duration: Duration) {
        descriptor = nil
        phases = [(FailoverProbe.firstPhase, .now())]
        end = .now() + duration
    }

    /// Takes what waits; the end of the input is an end too.
    mutating func read(at now: Instant) {
        guard let descriptor else { return }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        guard count > 0 else {
            end = end ?? now
            return
        }
        unfinished += String(decoding: bytes[..<count], as: UTF8.self)
        while let newline = unfinished.firstIndex(of: "\n") {
            let name = String(unfinished[..<newline])
            unfinished.removeSubrange(...newline)
            if name == Self.endWord { end = end ?? now } else { phases.append((name, now)) }
        }
    }
}
