import Timing
import Wire

/// The keys that this node knows, and which of them it sends with: the newest that every node had
/// time to learn.
///
/// A key is new → sending (after `settling`) → retired (gone from its source) → forgotten. So a key
/// that is replaced at its source, in whatever way, is replaced on the wire without a gap.
struct HelloKeys: Sendable {
    /// How long a new key only opens: until then nodes may not have read it.
    static let settling = Duration.seconds(10)
    /// How long a key that is gone from its source still opens: longer than `settling`.
    static let retirement = Duration.seconds(30)

    private struct Known: Hashable, Sendable {
        let secret: [UInt8]
        /// It seals from then on.
        var settles: Instant
        /// Since when it is gone from its source.
        var goneSince: Instant?
    }

    /// What a keyring is made of; the first key seals.
    struct Choice: Hashable, Sendable {
        let clusterTag: UInt64
        let secrets: [[UInt8]]

        var keyring: HelloKeyring? {
            HelloKeyring(
                clusterTag: clusterTag, keys: secrets.compactMap { HelloKey(secret: $0) })
        }
    }

    /// Oldest first, as the source has them; those that are gone come first.
    private var known: [Known] = []
    private var clusterTag: UInt64?
    private(set) var choice: Choice?

    /// - Parameter saved: what was known before the last stop.
    init(saved: SavedHelloKeys? = nil) {
        guard let saved else { return }
        known = saved.secrets.map { Known(secret: $0, settles: Instant(nanoseconds: .min)) }
        clusterTag = saved.clusterTag
    }

    /// What to keep for a start while the API is away.
    var saved: SavedHelloKeys? {
        clusterTag.map { tag in
            SavedHelloKeys(
                clusterTag: tag, secrets: known.filter { $0.goneSince == nil }.map(\.secret))
        }
    }

    /// When `update` may change the choice by itself.
    func nextDeadline(after now: Instant) -> Instant? {
        known.flatMap { [$0.settles, $0.goneSince.map { $0 + Self.retirement }] }
            .compactMap { $0 }.filter { $0 > now }.min()
    }

    mutating func clusterKnown(namespaceUID: String) {
        clusterTag = HelloKeyring.clusterTag(namespaceUID: namespaceUID)
    }

    /// Takes in what the file or the Secret holds now, oldest first.
    ///
    /// Secrets that are too short are left out. A source without a key changes nothing: it is about
    /// to be filled, or somebody's mistake.
    mutating func read(_ secrets: [[UInt8]], at now: Instant) {
        let usable = secrets.filter { HelloKey(secret: $0) != nil }
        guard !usable.isEmpty else { return }
        let isFirst = known.isEmpty
        let gone = known.filter { !usable.contains($0.secret) }.map { key in
            Known(secret: key.secret, settles: key.settles, goneSince: key.goneSince ?? now)
        }
        let present = usable.map { secret in
            var key =
                known.first { $0.secret == secret }
                ?? Known(secret: secret, settles: isFirst ? now : now + Self.settling)
            key.goneSince = nil
            return key
        }
        known = gone + present
    }

    /// Brings the choice up to date; true when it changed.
    mutating func update(at now: Instant) -> Bool {
        known.removeAll { key in key.goneSince.map { now - $0 >= Self.retirement } ?? false }
        guard let clusterTag, !known.isEmpty else { return false }
        let sending = sendingKey(at: now)
        let others = known.map(\.secret).filter { $0 != sending }
        let new = Choice(clusterTag: clusterTag, secrets: [sending] + others.reversed())
        defer { choice = new }
        return new != choice
    }

    /// 1. The newest present key that has settled. 2. Else the newest of those that are gone, which
    /// all nodes know. 3. Else the oldest there is.
    private func sendingKey(at now: Instant) -> [UInt8] {
        let settled = known.filter { $0.settles <= now }
        let chosen =
            settled.last { $0.goneSince == nil } ?? settled.last ?? known[0]
        return chosen.secret
    }
}
