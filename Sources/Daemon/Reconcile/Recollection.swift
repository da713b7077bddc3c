import Timing

/// The last known view on its way from and to the disk: used once, when the API does not answer at
/// the start, and kept up to date ever after.
///
/// found → used (the API is away) or dropped (it answered). Saved a while after each change.
struct Recollection: Sendable {
    /// How long a starting daemon waits for an API that neither answers nor refuses.
    static let apiWait = Duration.seconds(2)
    /// From a change until it is saved, so that a busy cluster costs one write in this time.
    static let saveDelay = Duration.seconds(1)

    private var found: LastKnown?
    private var usedAt: Instant?
    private var saved: LastKnown?
    private var savedAt: Instant?

    init(found: LastKnown?) {
        self.found = found
        saved = found
    }

    /// When it is to be used, or saved.
    var nextDeadline: Instant? { [usedAt, savedAt].compactMap { $0 }.min() }

    /// What was found, once, as soon as it is to be used.
    ///
    /// - Parameter isAway: the API was asked and did not answer.
    mutating func use(at now: Instant, isAway: Bool) -> LastKnown? {
        guard let found else { return nil }
        let due = usedAt ?? now + Self.apiWait
        usedAt = due
        guard isAway || now >= due else { return nil }
        drop()
        return found
    }

    /// The API has answered.
    mutating func drop() {
        found = nil
        usedAt = nil
    }

    mutating func changed(at now: Instant) {
        savedAt = savedAt ?? now + Self.saveDelay
    }

    func isSaveDue(at now: Instant) -> Bool { savedAt.map { now >= $0 } ?? false }

    /// Gives `current` back when it differs from what is on the disk.
    mutating func save(_ current: LastKnown) -> LastKnown? {
        savedAt = nil
        guard current != saved else { return nil }
        saved = current
        return current
    }
}
