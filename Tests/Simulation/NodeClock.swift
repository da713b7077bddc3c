import Timing

/// A node's own clock: some origin, a rate that is a little wrong, and time lost while its virtual
/// machine stood.
package struct NodeClock: Sendable {
    /// What the clock gains per million: 20,000 is two percent fast.
    package let gainPerMillion: Int64
    /// True time and the clock's reading where the present rate began.
    private var since: Moment
    private var reading: Instant
    private var standsSince: Moment?

    package init(origin: Instant, gainPerMillion: Int64) {
        self.gainPerMillion = gainPerMillion
        since = .zero
        reading = origin
    }

    /// What the clock shows.
    package func read(at moment: Moment) -> Instant {
        let passed = (standsSince ?? moment).nanoseconds - since.nanoseconds
        return Instant(
            nanoseconds: reading.nanoseconds + passed + passed / 1_000_000 * gainPerMillion
                + passed % 1_000_000 * gainPerMillion / 1_000_000)
    }

    /// The first true moment at which the clock shows `instant` or more; in the past when it does.
    ///
    /// `.never` while the clock stands before it.
    package func moment(of instant: Instant) -> Moment {
        if let stood = standsSince, read(at: stood) < instant { return .never }
        let ahead = instant.nanoseconds - reading.nanoseconds
        let rate = 1_000_000 + gainPerMillion
        let whole = ahead / rate * 1_000_000 + ahead % rate * 1_000_000 / rate
        var moment = since.advanced(nanoseconds: whole)
        while read(at: moment) < instant { moment = moment.advanced(nanoseconds: 1) }
        return moment
    }

    /// The clock stands until `resume`.
    package mutating func stand(at moment: Moment) {
        guard standsSince == nil else { return }
        standsSince = moment
    }

    /// The clock goes on from where it stood.
    package mutating func resume(at moment: Moment) {
        guard let stood = standsSince else { return }
        reading = read(at: stood)
        since = moment
        standsSince = nil
    }
}
