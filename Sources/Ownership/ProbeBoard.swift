import Addressing
import Timing

/// Addresses that are being probed before their first use (RFC 5227 §2.1).
struct ProbeBoard: Sendable {
    /// PROBE_NUM.
    static let probeCount = 3
    /// Time between probes, and after the last one until the address counts as free. Shorter than
    /// RFC 5227's 1 to 2 s: hosts on one Ethernet answer within milliseconds.
    static let probeInterval: Duration = .milliseconds(200)

    private struct Entry: Sendable {
        let address: IPAddress
        var links: [Int32]
        var sent = 0
        var due: Instant
    }

    /// In the order in which they were asked for.
    private var entries: [Entry] = []

    var nextDue: Instant? { entries.isEmpty ? nil : entries.map(\.due).min() }

    /// Begins; an address that is being probed already goes on.
    mutating func start(_ address: IPAddress, on links: [Int32], at now: Instant) {
        guard !entries.contains(where: { $0.address == address }) else { return }
        entries.append(Entry(address: address, links: links, due: now))
    }

    /// A frame shows that a host which is no node has or wants the address. True when it was being
    /// probed; it is no more.
    mutating func stop(_ address: IPAddress) -> Bool {
        guard let index = entries.firstIndex(where: { $0.address == address }) else { return false }
        entries.remove(at: index)
        return true
    }

    /// Asks from now on elsewhere, and all over again; what is not being probed stays so.
    mutating func move(_ address: IPAddress, to links: [Int32]) {
        guard let index = entries.firstIndex(where: { $0.address == address }) else { return }
        entries[index].links = links
        entries[index].sent = 0
    }

    func contains(_ address: IPAddress) -> Bool {
        entries.contains { $0.address == address }
    }

    /// Everything that is being probed, with its links.
    var probed: [(address: IPAddress, links: [Int32])] {
        entries.map { ($0.address, $0.links) }
    }

    /// Probes to send now, and addresses that nobody answered for.
    mutating func due(
        at now: Instant
    ) -> (probes: [(address: IPAddress, link: Int32)], free: [IPAddress]) {
        var probes: [(address: IPAddress, link: Int32)] = []
        var free: [IPAddress] = []
        for index in entries.indices where entries[index].due <= now {
            guard entries[index].sent < Self.probeCount else {
                free.append(entries[index].address)
                continue
            }
            probes += entries[index].links.map { (entries[index].address, $0) }
            entries[index].sent += 1
            entries[index].due = now + Self.probeInterval
        }
        if !free.isEmpty { entries.removeAll { free.contains($0.address) } }
        return (probes, free)
    }
}
