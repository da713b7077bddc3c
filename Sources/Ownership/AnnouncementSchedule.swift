import Addressing
import Timing
import Wire

/// When each held address is announced on a link: a burst after every cause, then refreshes.
///
/// One frame for every address goes before any repeat; a token bucket paces the link.
struct AnnouncementSchedule: Sendable {
    /// Offsets of a burst from its cause. Measured best against Linux neighbour caches with their
    /// 1 s locktime and with 20 % loss; ten unsolicited advertisements exceed RFC 4861 §7.2.6 on
    /// purpose.
    static let burst: [Duration] = [0, 10, 30, 100, 200, 400, 700, 1050, 2000, 4000]
        .map { .milliseconds($0) }
    /// Time between refreshes, ± 10 % by address and node.
    static let refreshPeriod: Duration = .seconds(60)

    private struct Entry: Sendable {
        let address: IPAddress
        let hash: UInt64
        var cause: Instant
        /// Index into `burst`, then counts refreshes on.
        var step: Int
        var due: Instant
    }

    /// Ascending by address.
    private var entries: [Entry] = []
    private var bucket: TokenBucket
    private let nodeTag: UInt64
    private(set) var nextDue: Instant?

    init(nodeTag: UInt64, framesPerSecond: Int, at now: Instant) {
        self.nodeTag = nodeTag
        bucket = TokenBucket(rate: framesPerSecond, at: now)
    }

    var addresses: [IPAddress] { entries.map(\.address) }

    /// Begins a burst for the address, anew when one is running.
    mutating func start(_ address: IPAddress, at now: Instant) {
        let hash = StableHash.rendezvous(address: StableHash.of(address), node: nodeTag)
        let entry = Entry(address: address, hash: hash, cause: now, step: 0, due: now)
        let index = position(of: address)
        if index < entries.count, entries[index].address == address {
            entries[index] = entry
        } else {
            entries.insert(entry, at: index)
        }
        nextDue = min(nextDue ?? now, now)
    }

    /// Announces the address no more.
    mutating func stop(_ address: IPAddress) {
        let index = position(of: address)
        guard index < entries.count, entries[index].address == address else { return }
        entries.remove(at: index)
        nextDue = entries.map(\.due).min()
    }

    mutating func stopAll() {
        entries = []
        nextDue = nil
    }

    /// The addresses to announce now: those at an earlier step first, then by address.
    mutating func due(at now: Instant) -> [IPAddress] {
        guard let next = nextDue, next <= now else { return [] }
        let waiting = entries.indices.filter { entries[$0].due <= now }
            .sorted { (entries[$0].step, $0) < (entries[$1].step, $1) }
        let sent = waiting.prefix(bucket.take(waiting.count, at: now))
        for index in sent { advance(index, at: now) }
        let rest = entries.map(\.due).min()
        nextDue =
            sent.count < waiting.count ? bucket.nextToken(after: now) : rest
        return sent.map { entries[$0].address }
    }

    /// Steps that passed while the link was paced or the loop late are left out.
    private mutating func advance(_ index: Int, at now: Instant) {
        var entry = entries[index]
        repeat {
            entry.step += 1
            entry.due =
                entry.step < Self.burst.count
                ? entry.cause + Self.burst[entry.step] : refresh(entry, after: now)
        } while entry.due <= now
        entries[index] = entry
    }

    /// 54 to 66 s from now; the same for the same address, node and step in every run.
    private func refresh(_ entry: Entry, after now: Instant) -> Instant {
        let draw = Int64(StableHash.mixed(entry.hash ^ UInt64(entry.step)) % 2001) - 1000
        let period = Self.refreshPeriod.nanoseconds
        return now + .nanoseconds(period + period / 10_000 * draw)
    }

    private func position(of address: IPAddress) -> Int {
        entries.firstIndex(notBefore: { $0.address < address })
    }
}
