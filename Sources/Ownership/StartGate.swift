import Timing

/// When a node that starts may claim (rule 7).
///
/// unhearing → listening → settling → open.
struct StartGate: Hashable, Sendable {
    /// How much longer than D a start waits for the claim tables of the peers.
    static let tablesWaitMax: Duration = .seconds(2)

    enum Phase: Hashable, Sendable {
        case unhearing
        /// Peers see this node as starting.
        case listening(until: Instant)
        /// It is a candidate and claims nothing while a peer still starts.
        case settling(until: Instant)
        case open
    }

    /// What the gate waits for.
    struct Surroundings: Hashable, Sendable {
        /// A link runs, and somebody said who the peers are: hellos can be heard.
        var canHear: Bool
        /// From the API or from `lastknown.json`.
        var isViewLoaded: Bool
        /// Every heard peer's claims are known whole, and it knows this incarnation.
        var areTablesComplete: Bool
        var isPeerStarting: Bool
    }

    private(set) var phase: Phase = .unhearing
    private let detectionTime: Duration

    init(detectionTime: Duration) {
        self.detectionTime = detectionTime
    }

    var isOpen: Bool { phase == .open }

    /// Peers are told so.
    var isStarting: Bool {
        switch phase {
        case .unhearing, .listening: true
        case .settling, .open: false
        }
    }

    /// D has passed since a link was there.
    func hasListened(at now: Instant) -> Bool {
        switch phase {
        case .unhearing: false
        case .listening(let until): now >= until
        case .settling, .open: true
        }
    }

    /// Begins to listen anew, for peers became known that could not be heard before. An open gate
    /// stays open.
    mutating func listenAnew() {
        if phase != .open { phase = .unhearing }
    }

    /// True when the phase changed.
    mutating func advance(_ around: Surroundings, at now: Instant) -> Bool {
        let before = phase
        if case .unhearing = phase, around.canHear {
            phase = .listening(until: now + detectionTime)
        }
        if case .listening(let until) = phase, now >= until, around.isViewLoaded,
            around.areTablesComplete || now >= until + Self.tablesWaitMax
        {
            phase = .settling(until: now + detectionTime)
        }
        if case .settling(let until) = phase, !around.isPeerStarting || now >= until {
            phase = .open
        }
        return phase != before
    }

    /// When time alone moves it on; later than `now`, at which it was last advanced.
    func nextDeadline(after now: Instant) -> Instant? {
        switch phase {
        case .unhearing, .open: nil
        case .listening(let until):
            [until, until + Self.tablesWaitMax].first { $0 > now }
        case .settling(let until): until
        }
    }
}
