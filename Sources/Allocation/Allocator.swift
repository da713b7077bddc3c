import Addressing
import Timing

/// Decides which service holds which address.
///
/// A value: the same events at the same instants give the same effects, whatever the process.
/// It decides nothing before it has heard `poolsChanged`, `namespacesChanged` and
/// `servicesListed`, each once and in any order: with less it would move services that are well.
///
/// Effects of one event come in this order: one probe, then for each service, oldest first, its
/// write and events, then the changed allocations, then what is kept for former holders.
package struct Allocator: Sendable {
    package private(set) var poolSet = PoolSet()
    var book = AddressBook()
    var services = CompactTable<ServiceRecord>()
    var waiting = WaitingList()
    var admission = Admission()
    /// Services by sharing key.
    var sharers: [String: Set<ServiceKey>] = [:]
    /// Why services lost addresses, until they are told.
    var losses: [ServiceKey: [IPAddress: String]] = [:]
    /// What this turn asks for.
    var turn = Turn(now: .zero)
    /// How long an address rests after a foreign host answered for it.
    let quarantine: Duration
    /// How many of the next free addresses of each pool and family are probed before they are wanted.
    let probesAhead: Int
    /// The next free addresses of every pool were asked about once.
    var isAheadOfAll = false
    private var arePoolsKnown = false
    private var areServicesListed = false

    package static let quarantineDefault = Duration.seconds(600)

    /// A burst of more services than this waits for probes, 0.6 s.
    package static let probesAheadDefault = 4

    package init(
        quarantine: Duration = Allocator.quarantineDefault,
        probesAhead: Int = Allocator.probesAheadDefault
    ) {
        self.quarantine = quarantine
        self.probesAhead = probesAhead
    }

    /// What one event leads to, collected while it is taken in.
    struct Turn: Sendable {
        let now: Instant
        var probes: Set<IPAddress> = []
        /// Services whose write may be due, as they came; some more than once.
        var unsettled: [Seniority] = []
        /// Writes that are due even when the same one was asked for before.
        var repeated: Set<ServiceKey> = []
        /// Everything was looked at anew, so the reasons of those who wait are to be true as well.
        var isFullPass = false
        /// Conflicts to tell services of, in the order found.
        var conflicts: [ServiceEvent] = []
    }

    /// Whether all that a decision depends on was heard.
    var isReady: Bool { arePoolsKnown && areServicesListed && admission.labels != nil }

    /// Takes one event in and says what follows from it.
    package mutating func handle(
        _ event: AllocationEvent, at now: Instant
    ) -> [AllocationEffect] {
        turn = Turn(now: now)
        book.beginTurn(at: now)
        take(event)
        if isReady { wakeWaiting() }
        if isReady, turn.isFullPass { refreshWaiting() }
        probeAhead()
        book.endTurn()
        defer {
            book.forgetTurn()
            turn = Turn(now: now)
        }
        return effects()
    }

    private mutating func take(_ event: AllocationEvent) {
        switch event {
        case .poolsChanged(let pools):
            // What another load balancer gave is adopted once a pool covers it, as at a start.
            for key in foreignServices { services[key]?.isDecided = false }
            poolSet = pools
            book.replacePools(pools)
            arePoolsKnown = true
            turn.isFullPass = true
            readmit(services.keys)
        case .namespacesChanged(let labels):
            let wasKnown = admission.labels != nil
            let changed = Set(admission.replace(labels))
            readmit(services.keys.filter { !wasKnown || changed.contains($0.namespace) })
        case .servicesListed(let requests):
            turn.isFullPass = true
            take(list: requests)
        case .serviceChanged(let request):
            store(request)
            turn.repeated.insert(request.key)
            readmit([request.key])
        case .serviceRemoved(let key):
            remove(key)
        case .writeFailed(let key):
            turn.repeated.insert(key)
            if let record = services[key] { turn.unsettled.append(record.seniority) }
        case .forbiddenAddressesChanged(let forbidden):
            book.replaceForbidden(forbidden)
        case .addressProbed(let address, let outcome):
            takeOutcome(outcome, of: address)
        case .retainedRead(let retained):
            book.adopt(retained, at: turn.now)
        case .deadlineReached:
            break
        }
    }

    private mutating func take(list requests: [ServiceRequest]) {
        if services.count > 0 {
            let present = Set(requests.map(\.key))
            for key in services.keys.filter({ !present.contains($0) }).sorted() { remove(key) }
        }
        services.reserve(requests.count)
        var changed: [ServiceKey] = []
        for request in requests where services[request.key]?.request != request {
            store(request)
            if areServicesListed { changed.append(request.key) }
        }
        let isFirst = !areServicesListed
        areServicesListed = true
        if isFirst { book.reserve(services.count) }
        readmit(isFirst ? services.keys : changed)
    }

    /// When `deadlineReached` is due; nil: never.
    package var nextDeadline: Instant? { book.nextDeadline }
}
