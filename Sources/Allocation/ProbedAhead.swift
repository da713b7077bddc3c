import Timing

/// What is known of an address that nobody holds and somebody may soon want, so that nobody waits
/// for its probe then.
///
/// Legal transitions: nil → asked → free or unasked → due → asked or nil; all but asked → nil when
/// it is held, asked → nil when a foreign host answered.
enum ProbedAhead: Hashable, Sendable {
    /// A probe is under way; an earlier answer still holds until then.
    case asked(holdsUntil: Instant?)
    /// Nobody answered.
    case free(since: Instant)
    /// Nobody could ask: whoever takes it asks then.
    case unasked(since: Instant)
    /// To be asked about again, or forgotten, in this turn.
    case due(holdsUntil: Instant)

    /// An answer that is as old as this is not good enough any more: a host may have come.
    static let holds = Duration.seconds(120)
    /// So long after an answer the address is asked about again, while it is among the next free ones.
    static let askedAgainAfter = Duration.seconds(60)

    var isAsked: Bool {
        switch self {
        case .asked: true
        case .free, .unasked, .due: false
        }
    }

    /// When it is to be asked about again by itself.
    var askedAgainAt: Instant? {
        switch self {
        case .free(let since), .unasked(let since): since + Self.askedAgainAfter
        case .asked, .due: nil
        }
    }

    /// Whether it may be used without asking once more.
    func holds(at now: Instant) -> Bool {
        switch self {
        case .asked(let until): until.map { now < $0 } ?? false
        case .free(let since): now < since + Self.holds
        case .due(let until): now < until
        case .unasked: false
        }
    }

    mutating func expire(at now: Instant) {
        guard let due = askedAgainAt, due <= now else { return }
        switch self {
        case .free(let since): self = .due(holdsUntil: since + Self.holds)
        case .unasked(let since): self = .due(holdsUntil: since)
        case .asked, .due: break
        }
    }
}
