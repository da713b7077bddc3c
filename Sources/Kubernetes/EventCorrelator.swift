import JSON
import Timing

/// Something worth telling the user about an object.
package struct EventOccurrence: Hashable, Sendable {
    package var object: ObjectReference
    /// `Normal` or `Warning`.
    package var type: String
    package var reason: String
    package var message: String

    package init(object: ObjectReference, type: String, reason: String, message: String) {
        self.object = object
        self.type = type
        self.reason = reason
        self.message = message
    }
}

/// Turns occurrences into events that may be written, and cuts off floods.
///
/// An event's name is a hash of what it says: the same occurrence is the same event, also after a
/// restart of the program, so it is counted up rather than repeated. Each object has an allowance
/// of its own, the one of client-go.
package struct EventCorrelator: Sendable {
    private let component: String
    private let node: String
    /// When the allowance of an object will be whole again; absent: it is.
    ///
    /// By a hash of the object, a tenth of its size: two objects of one hash, of which there are
    /// none in practice, would share an allowance.
    private var wholeAgain: [UInt64: Instant] = [:]

    /// Events of one object at once.
    static let burst = 25
    /// After that, one event of the object in this time.
    static let interval: Duration = .seconds(300)
    /// Objects whose allowance is remembered; beyond it those nearest to whole are forgotten.
    static let objectsMax = 10_000
    /// Characters of an object's name (RFC 1123 subdomain).
    static let nameMax = 253

    /// - Parameters:
    ///   - component: the program that reports, such as `heraldd`.
    ///   - node: the node it runs on.
    package init(component: String, node: String) {
        self.component = component
        self.node = node
    }

    /// The event for `KubernetesClient.record`; nil when the object has used up its allowance.
    package mutating func event(
        for occurrence: EventOccurrence, at now: Instant, wallClock: Time
    ) -> Event? {
        let object = Self.hash(occurrence.object)
        let next = max(wholeAgain[object] ?? now, now) + Self.interval
        guard next - now <= Self.interval * Self.burst else { return nil }
        if wholeAgain.count >= Self.objectsMax { forget(at: now) }
        wholeAgain[object] = next
        return Event(
            metadata: ObjectMeta(
                name: name(of: occurrence), namespace: Self.namespace(of: occurrence.object)),
            involvedObject: occurrence.object, reason: occurrence.reason,
            message: occurrence.message, type: occurrence.type, count: 1,
            firstTimestamp: wallClock, lastTimestamp: wallClock,
            source: EventSource(component: component, host: node),
            reportingComponent: component, reportingInstance: node)
    }

    /// Objects whose allowance is not whole, as far as they are remembered.
    var remembered: Int { wholeAgain.count }

    /// Drops what is whole, and if that is not enough, the half nearest to it.
    private mutating func forget(at now: Instant) {
        wholeAgain = wholeAgain.filter { $0.value > now }
        guard wholeAgain.count >= Self.objectsMax else { return }
        let median = wholeAgain.values.sorted()[wholeAgain.count / 2]
        wholeAgain = wholeAgain.filter { $0.value > median }
    }

    /// The object's name, a dot and sixteen hexadecimal digits, as client-go's look.
    private func name(of occurrence: EventOccurrence) -> String {
        let object = occurrence.object
        let hash = Self.hash([
            object.kind, object.namespace, object.name, object.uid, occurrence.type,
            occurrence.reason, occurrence.message, component, node,
        ])
        let digits = String(hash, radix: 16)
        let suffix = "." + String(repeating: "0", count: 16 - digits.count) + digits
        return object.name.prefix(Self.nameMax - suffix.count) + suffix
    }

    /// Events about cluster-scoped objects live in `default`, where kubectl looks for them.
    private static func namespace(of object: ObjectReference) -> String {
        object.namespace.isEmpty ? "default" : object.namespace
    }

    private static func hash(_ object: ObjectReference) -> UInt64 {
        hash([object.kind, object.namespace, object.name, object.uid])
    }

    /// FNV-1a of 64 bits over the texts, each ended by a byte that no text holds.
    private static func hash(_ texts: [String]) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in texts.joined(separator: "\0").utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        return hash
    }
}

extension KubernetesClient {
    /// Writes an event: creates it, or counts up the one that says the same.
    ///
    /// The caller sees to it that one event is not recorded twice at the same time: the count would
    /// miss one.
    package func record(_ event: Event) async throws(KubernetesError) {
        do {
            _ = try await create(event)
            return
        } catch {
            guard error.isAlreadyExists else { throw error }
        }
        do {
            let name = event.namespacedName
            let existing = try await get(Event.self, name)
            let latest = event.lastTimestamp.map { JSONValue.string($0.description) } ?? .null
            let changes: JSONValue = [
                "count": JSONValue(existing.count + 1), "lastTimestamp": latest,
            ]
            _ = try await patch(Event.self, name, as: .merge, changes)
        } catch {
            // The server drops events after an hour: it went away meanwhile.
            guard error.isNotFound else { throw error }
            _ = try await create(event)
        }
    }
}
