import CLinux
import Dispatch
import Glibc
import Synchronization

/// Sends datagrams to a node's hello port that no peer sent, many a second, from the segment and in
/// the name of a peer: takes one genuine hello and spoils it.
///
/// usage: hello-flood VICTIM PEER ATTACKER KIND RATE SECONDS: network namespace of the victim, IPv4
/// address of the peer, namespace of the attacker, of which each has a link eth0; prints how many
/// were sent and how many a second.
@main
enum HelloFlood {
    /// Between two batches.
    static let batchNanoseconds: Int64 = 1_000_000
    /// Of lost time no more is made up for.
    static let backlogNanoseconds: Int64 = 20_000_000
    /// Threads that send, for the kernel has a sender carry its datagram all the way into the
    /// victim's socket: one core does not suffice for 50,000 a second.
    static let senders = 2

    static func main() throws {
        let words = Array(CommandLine.arguments.dropFirst())
        guard words.count == 6, let rate = Int64(words[4]), rate > 0, let seconds = Int64(words[5]),
            let peer = octets(ofIPv4: words[1]),
            let kind = SpoiledHello.Kind(rawValue: words[3])
        else {
            let kinds = SpoiledHello.Kind.allCases.map(\.rawValue).joined(separator: "|")
            throw Refusal(
                description: "usage: hello-flood VICTIM PEER ATTACKER \(kinds) RATE SECONDS")
        }
        let genuine = try inNamespace(words[0]) { try FrameSocket() }.hello(from: peer)
        let attacker = try inNamespace(words[2]) { try FrameSocket() }
        let frame = SpoiledHello(genuine, kind, from: try attacker.linkAddress()).frame
        let sent = Atomic<Int64>(0)
        DispatchQueue.concurrentPerform(iterations: senders) { _ in
            let share = max(1, rate / Int64(senders))
            sent.add(
                send(frame, by: attacker, rate: share, seconds: seconds), ordering: .relaxed)
        }
        let total = sent.load(ordering: .relaxed)
        print("\(total) \(total / seconds)")
    }

    private static func send(
        _ frame: [UInt8], by socket: FrameSocket, rate: Int64, seconds: Int64
    ) -> Int64 {
        let start = nanoseconds()
        var (sent, owed) = (Int64(0), start)
        while case let now = nanoseconds(), now < start + seconds * 1_000_000_000 {
            owed = max(owed, now - backlogNanoseconds)
            while owed < now {
                if socket.send(frame) { sent += 1 }
                owed += 1_000_000_000 / rate
            }
            var rest = timespec(tv_sec: 0, tv_nsec: Int(batchNanoseconds))
            nanosleep(&rest, nil)
        }
        return sent
    }

    private static func nanoseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    private static func octets(ofIPv4 text: String) -> [UInt8]? {
        let octets = text.split(separator: ".").compactMap { UInt8($0) }
        return octets.count == 4 ? octets : nil
    }

    private static func inNamespace<Value>(
        _ name: String, _ body: () throws -> Value
    ) throws -> Value {
        let here = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)
        let there = open("/run/netns/\(name)", O_RDONLY | O_CLOEXEC)
        defer {
            close(here)
            close(there)
        }
        guard here >= 0, there >= 0, clinux_enter_network_namespace(there) == 0 else {
            throw Refusal(description: "namespace \(name): \(String(cString: strerror(errno)))")
        }
        defer { _ = clinux_enter_network_namespace(here) }
        return try body()
    }
}

struct Refusal: Error, CustomStringConvertible {
    let description: String
}
