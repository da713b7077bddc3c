import Allocation
import Kubernetes
import Timing

/// The leader's part in ConfigMap `herald-system/herald-retained`, which hands the next leader what
/// freed addresses rest or wait for their former holders.
///
/// Only a leader calls, one call at a time, and it reads before it writes. Each term: unread →
/// known → (changed → written → known); a write that failed, whatever the reason, makes it unread
/// again and is repeated on what is read then. What was known last is kept while the ConfigMap
/// cannot be read.
struct RetainedRecord: Sendable {
    static let name = NamespacedName(namespace: "herald-system", name: "herald-retained")
    /// The one key of the ConfigMap.
    static let key = "addresses"
    /// Between two writes, and after the first failure.
    static let pauseMin = Duration.seconds(1)
    static let pauseMax = Duration.seconds(30)
    /// Failed reads after which a leader starts with what it knows.
    static let readsBeforeStart = 3

    /// What is to be asked of the server.
    enum Call: Hashable, Sendable {
        case read
        /// Create it when there is no `version`, else change it if it still has that version.
        case write(RetainedWrite)
    }

    private enum Version: Hashable {
        case unread
        case absent
        case known(String)
    }

    /// The last that was read, or that the allocator asked to keep.
    private(set) var list: [RetainedAddress] = []
    /// Why the ConfigMap cannot be used, one sentence; nil: nothing is wrong.
    private(set) var problem: String?
    private var version = Version.unread
    /// What the ConfigMap holds, as far as known.
    private var shownText = ""
    private var isChanged = false
    private var isLeader = false
    private var term = 0
    /// The term of the call under way.
    private var callTerm: Int?
    private var failures = 0
    private var pausedUntil: Instant?
    /// The ConfigMap was taken in once in this term: afterwards ours stands.
    private var isTaken = false
    /// A leader may start: it has read, or cannot for now.
    private(set) var isSettled = false

    /// A new term, or none: all that depended on the last one is forgotten but the list.
    mutating func lead(_ leads: Bool) {
        isLeader = leads
        term += 1
        version = .unread
        isChanged = false
        isSettled = false
        isTaken = false
        failures = 0
        pausedUntil = nil
        problem = nil
    }

    /// The allocator keeps these for the next leader, whole list.
    mutating func change(_ list: [RetainedAddress], at now: Instant) {
        self.list = list
        isChanged = version == .unread || RetainedText.render(list) != shownText
    }

    /// What is to be called now; nil while there is nothing, or something is under way.
    mutating func nextCall(at now: Instant) -> Call? {
        guard isWaiting, pausedUntil.map({ $0 <= now }) ?? true else { return nil }
        callTerm = term
        switch version {
        case .unread: return .read
        case .absent: return .write(RetainedWrite(version: nil, text: takeText()))
        case .known(let known): return .write(RetainedWrite(version: known, text: takeText()))
        }
    }

    private mutating func takeText() -> String {
        isChanged = false
        shownText = RetainedText.render(list)
        return shownText
    }

    private var isWaiting: Bool { isLeader && callTerm == nil && (version == .unread || isChanged) }

    /// When `nextCall` is to be asked again by time alone.
    var nextDeadline: Instant? { isWaiting ? pausedUntil : nil }

    /// Takes in what a read found, nil for no ConfigMap; returns what came too late for the start
    /// of the allocator, which has to learn it now.
    mutating func read(
        _ result: Result<ConfigMap?, KubernetesError>, at now: Instant
    ) -> [RetainedAddress]? {
        guard endCall() else { return nil }
        switch result {
        case .success(let found):
            version = found.map { .known($0.metadata.resourceVersion) } ?? .absent
            shownText = found?.data[Self.key] ?? ""
            succeed()
            guard !isTaken else { return nil }
            return takeIn(shownText)
        case .failure(let error):
            fail("read", error, at: now)
            isSettled = isSettled || failures >= Self.readsBeforeStart
            return nil
        }
    }

    private mutating func takeIn(_ text: String) -> [RetainedAddress]? {
        let isLate = isSettled
        isTaken = true
        isSettled = true
        do throws(RetainedText.Refusal) {
            let found = try RetainedText.parse(text)
            if !isLate { list = found }
            return isLate ? found : nil
        } catch {
            problem =
                "ConfigMap \(Self.name) cannot be read, what was known before stays: key "
                + "\(Self.key), \(error)"
            return nil
        }
    }

    mutating func written(_ result: Result<ConfigMap, KubernetesError>, at now: Instant) {
        guard endCall() else { return }
        switch result {
        case .success(let object):
            version = .known(object.metadata.resourceVersion)
            succeed()
            pausedUntil = now + Self.pauseMin
        case .failure(let error):
            version = .unread
            isChanged = true
            fail("written", error, at: now)
        }
    }

    /// False when the call was of another term: its answer says nothing any more.
    private mutating func endCall() -> Bool {
        defer { callTerm = nil }
        return callTerm == term
    }

    private mutating func succeed() {
        failures = 0
        pausedUntil = nil
        problem = nil
    }

    /// Somebody else's write is no trouble, it is read and ours goes on top.
    private mutating func fail(_ what: String, _ error: KubernetesError, at now: Instant) {
        failures += 1
        pausedUntil = now + min(Self.pauseMin * (1 << min(failures - 1, 5)), Self.pauseMax)
        guard !error.isConflict, !error.isAlreadyExists, !error.isNotFound || what == "read" else {
            return
        }
        problem = "ConfigMap \(Self.name) cannot be \(what), it is tried again: \(error)"
    }
}

/// One write of the ConfigMap.
package struct RetainedWrite: Hashable, Sendable {
    /// The version that must still stand; nil: there must be no such ConfigMap.
    package let version: String?
    package let text: String
}
