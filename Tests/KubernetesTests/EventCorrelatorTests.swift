import Testing
import Timing

@testable import Kubernetes

@Suite struct EventCorrelatorTests {
    private static func occurrence(
        _ message: String, object: String = "web", namespace: String = "shop"
    ) -> EventOccurrence {
        EventOccurrence(
            object: ObjectReference(
                apiVersion: "v1", kind: "Service", namespace: namespace, name: object, uid: "u"),
            type: "Normal", reason: "AddressAllocated", message: message)
    }

    private static let wallClock = Time(secondsSince1970: 60)

    private static func name(
        _ occurrence: EventOccurrence, node: String = "n1"
    ) throws -> String {
        var correlator = EventCorrelator(component: "heraldd", node: node)
        let event = correlator.event(for: occurrence, at: .zero, wallClock: wallClock)
        return try #require(event).metadata.name
    }

    @Test func anEventSaysWhoWhatAndWhen() throws {
        var correlator = EventCorrelator(component: "heraldd", node: "n1")
        let occurrence = Self.occurrence("got 192.0.2.16")
        let written = correlator.event(for: occurrence, at: .zero, wallClock: Self.wallClock)
        let event = try #require(written)
        #expect(event.namespacedName.description == "shop/web.eb2b48260e085cd9")
        #expect(event.involvedObject == occurrence.object)
        #expect(event.type == "Normal")
        #expect(event.reason == "AddressAllocated")
        #expect(event.message == "got 192.0.2.16")
        #expect(event.count == 1)
        #expect(event.firstTimestamp == Self.wallClock && event.lastTimestamp == Self.wallClock)
        #expect(event.source == EventSource(component: "heraldd", host: "n1"))
        #expect(event.reportingComponent == "heraldd" && event.reportingInstance == "n1")
    }

    @Test func equalOccurrencesShareANameAndOthersDoNot() throws {
        let name = try Self.name(Self.occurrence("a"))
        #expect(try Self.name(Self.occurrence("a")) == name)
        #expect(try Self.name(Self.occurrence("b")) != name)
        #expect(try Self.name(Self.occurrence("a"), node: "n2") != name)
    }

    @Test func clusterScopedObjectsHaveTheirEventsInDefault() throws {
        var correlator = EventCorrelator(component: "heraldd", node: "n1")
        let long = String(repeating: "n", count: 253)
        let occurrence = Self.occurrence("a", object: long, namespace: "")
        let written = correlator.event(for: occurrence, at: .zero, wallClock: Self.wallClock)
        let event = try #require(written)
        #expect(event.metadata.namespace == "default")
        #expect(event.metadata.name.count == 253)
        #expect(event.metadata.name.hasPrefix("nnn"))
    }

    @Test func anObjectsAllowanceIsTwentyFiveAtOnceThenOneInFiveMinutes() {
        var correlator = EventCorrelator(component: "heraldd", node: "n1")
        func count(_ object: String, at seconds: Int, of tries: Int) -> Int {
            (0..<tries).filter { number in
                let occurrence = Self.occurrence("m\(number)", object: object)
                let now = Instant.zero + .seconds(seconds)
                return correlator.event(for: occurrence, at: now, wallClock: Self.wallClock) != nil
            }.count
        }
        #expect(count("web", at: 0, of: 100) == 25)
        #expect(count("db", at: 0, of: 100) == 25, "another object has its own")
        #expect(count("web", at: 299, of: 10) == 0)
        #expect(count("web", at: 300, of: 10) == 1)
        #expect(count("web", at: 300 + 3 * 300, of: 10) == 3)
        #expect(count("web", at: 1_000_000, of: 100) == 25, "it does not pile up")
    }

    @Test func whatIsRememberedIsBounded() {
        var correlator = EventCorrelator(component: "heraldd", node: "n1")
        for number in 0..<(EventCorrelator.objectsMax + 10) {
            _ = correlator.event(
                for: Self.occurrence("a", object: "web-\(number)"),
                at: Instant(nanoseconds: Int64(number)), wallClock: Self.wallClock)
        }
        #expect(correlator.remembered <= EventCorrelator.objectsMax)
        #expect(correlator.remembered >= EventCorrelator.objectsMax / 2 - 1)
    }
}
