import Addressing
import Timing

/// How often a node says hello and after how much silence it is suspected.
///
/// Receivers judge a peer by the *peer's* profile, which every hello carries.
package struct HelloProfile: Hashable, Sendable {
    /// Time between two hellos; 1 ms to 10 s, whole milliseconds.
    package let period: Duration
    /// Silent periods until a node may be called dead; 3 to 50.
    package let misses: Int
    /// The detection time D: silence that makes a node suspect.
    package let detectionTime: Duration
    /// A hello is missing no longer than 5 % loss explains.
    package let freshTime: Duration
    let periodMilliseconds: Int64

    package init(period: Duration, misses: Int) {
        precondition(
            period >= .milliseconds(1) && period <= .seconds(10) && (3...50).contains(misses),
            "hello profile \(period) x \(misses)")
        self.period = period
        self.misses = misses
        detectionTime = period * misses
        freshTime = period * 5 / 2
        periodMilliseconds = period.milliseconds
    }

    package static let fast = HelloProfile(period: .milliseconds(20), misses: 5)
    package static let normal = HelloProfile(period: .milliseconds(50), misses: 5)
    package static let cautious = HelloProfile(period: .milliseconds(200), misses: 5)
}

/// What a node is told once, before it starts to listen.
package struct OwnershipConfiguration: Hashable, Sendable {
    /// The node's own name, as its Node object has it.
    package var node: String
    package var profile: HelloProfile
    /// Links named by `--interface`: one of those announces an address whose pool names none, that
    /// of the prefix that covers it, else all of them.
    package var interfaces: [String]
    /// Addresses of peers beside those of Node objects (`peers:`).
    package var peers: [IPAddress]
    /// `rebalance: auto`: the most loaded node gives addresses away by itself.
    package var rebalancesByItself: Bool
    /// Announcement frame pairs that one link may send a second, after a burst of the same number.
    package var announcementsPerSecond: Int
    package var onConflict: ConflictPolicy
    /// How often some node asks the wire for each address that another owns; nil: never.
    package var wireTruthInterval: Duration?
    /// The hash of the pool set that hellos carry; 0 until pools are loaded.
    package var poolSetHash: UInt64

    package init(
        node: String, profile: HelloProfile = .normal, interfaces: [String] = [],
        peers: [IPAddress] = [], rebalancesByItself: Bool = false,
        announcementsPerSecond: Int = OwnershipConfiguration.announcementsPerSecondDefault,
        onConflict: ConflictPolicy = .defend,
        wireTruthInterval: Duration? = OwnershipConfiguration.wireTruthIntervalDefault,
        poolSetHash: UInt64 = 0
    ) {
        self.node = node
        self.profile = profile
        self.interfaces = interfaces
        self.peers = peers
        self.rebalancesByItself = rebalancesByItself
        self.announcementsPerSecond = announcementsPerSecond
        self.onConflict = onConflict
        self.wireTruthInterval = wireTruthInterval
        self.poolSetHash = poolSetHash
    }

    /// Seldom enough to be no load, often enough that no client waits for a person.
    package static let wireTruthIntervalDefault: Duration = .seconds(60)

    /// 1,000 addresses get their first frame at once and all ten repeats within the 4 s schedule.
    package static let announcementsPerSecondDefault = 2_000
}
