import Addressing
import Allocation
import Ownership
import Status
import Testing
import Timing

@testable import Daemon

/// What users see of what was found by asking the wire.
@Suite struct WireAlarmStatusTests {
    private static let foreign = LinkAddress(bits: 0x02_0000_0000_99)
    private static let node = LinkAddress(bits: 0x02_0000_0000_02)
    private static let third = LinkAddress(bits: 0x02_0000_0000_9A)
    private static let other = LinkAddress(bits: 0x02_0000_0000_03)

    @Test(arguments: [
        (
            WireAlarm.nobodyAnswered, "NobodyAnswered",
            "Nobody answers for 192.0.2.16 on the wire, though n2 has it."
        ),
        (
            .severalAnswered(nodes: [node], foreign: [foreign]), "SeveralAnswered",
            "Several hosts answer for 192.0.2.16, which n2 has: 02:00:00:00:00:02, "
                + "02:00:00:00:00:99; 02:00:00:00:00:99 is no node."
        ),
        (
            .severalAnswered(nodes: [node, other], foreign: []), "SeveralAnswered",
            "Several hosts answer for 192.0.2.16, which n2 has: 02:00:00:00:00:02, "
                + "02:00:00:00:00:03."
        ),
        (
            .foreignAnswered(foreign), "ForeignAnswered",
            "02:00:00:00:00:99, which is no node, answers for 192.0.2.16 instead of n2."
        ),
        (
            .wrongNodeAnswered("n3"), "WrongNodeAnswered",
            "n3 answers for 192.0.2.16, which n2 has."
        ),
        (
            .unheard(["n2", "n3"]), "Unheard",
            "n2, n3 ask for 192.0.2.16 and hear no answer from this node: "
                + "does its firewall drop ARP or Neighbor Discovery?"
        ),
    ])
    func anAlarmIsSaidAndEnds(alarm: WireAlarm, name: String, sentence: String) throws {
        var story = try ReconcilerStatusTests.allocated()
        story.send(.ownership(try ReconcilerStatusTests.report(.announced, owner: "n2")))
        let address = try IPAddress("192.0.2.16")
        story.send(.ownership(.wireAlarm(address, alarm)))
        let status = story.reconciler.status(at: story.now)
        #expect(status.addresses.map(\.alarm) == [name])
        #expect(status.problems == [sentence])
        let metric = "herald_address_alarm{address=\"192.0.2.16\",alarm=\"\(name)\"} 1"
        #expect(status.openMetrics.contains(metric))
        story.send(.ownership(.wireAlarm(address, nil)))
        let after = story.reconciler.status(at: story.now)
        #expect(after.problems.isEmpty && after.addresses.map(\.alarm) == [nil])
        #expect(!after.openMetrics.contains("herald_address_alarm{"))
    }

    /// `kubectl describe service` shows events, and no status of Herald's: a host that answers beside
    /// the owner is named there as one that answers instead.
    @Test(arguments: [
        (WireAlarm.foreignAnswered(foreign), [foreign]),
        (.severalAnswered(nodes: [node], foreign: [foreign]), [foreign]),
        (.severalAnswered(nodes: [], foreign: [foreign, third]), [foreign, third]),
        (.severalAnswered(nodes: [node, other], foreign: []), []),
        (.wrongNodeAnswered("n3"), []),
    ])
    func aForeignHostThatAnswersIsNamedInAnEvent(
        alarm: WireAlarm, named: [LinkAddress]
    ) throws {
        var story = try ReconcilerStatusTests.allocated()
        let address = try IPAddress("192.0.2.16")
        func events(after alarm: WireAlarm?) -> [ServiceEvent] {
            story.send(.ownership(.wireAlarm(address, alarm))).compactMap { effect in
                if case .recordEvent(let event) = effect { event } else { nil }
            }
        }
        let told = events(after: alarm)
        #expect(told.allSatisfy { $0.reason == .addressConflict })
        #expect(
            told.map(\.message)
                == named.map {
                    "\($0) answers for 192.0.2.16; give that host another address"
                })
        #expect(events(after: nil).isEmpty, "its end is none")
    }

    @Test func aNodeThatIsNotHeardSaysSoAndSoDoOthers() throws {
        var story = try ReconcilerStatusTests.allocated()
        story.send(.ownership(.unheard(true)))
        story.send(
            .ownership(
                .memberChanged(
                    OwnershipMember(
                        node: "n2", state: .alive, link: 2, lastHeard: nil, addresses: 0,
                        poolsDiffer: false, isUnheard: true))))
        let problems = story.reconciler.status(at: story.now).problems
        #expect(problems.count == 2)
        #expect(problems.first?.hasPrefix("Other nodes hear no answer from n1 ") == true)
        #expect(problems.last?.hasPrefix("Node n2 says hello, but several nodes") == true)
        story.send(.ownership(.unheard(false)))
        #expect(story.reconciler.status(at: story.now).problems.count == 1)
    }

    @Test func manyAlarmsAreNamedInPartAndCounted() throws {
        var story = try ReconcilerStatusTests.allocated()
        for number in 0..<25 {
            let address = IPAddress.ipv4(IPv4Address(192, 0, 2, UInt8(16 + number)))
            story.send(.ownership(.wireAlarm(address, .nobodyAnswered)))
        }
        let problems = story.reconciler.status(at: story.now).problems
        #expect(problems.count == 11)
        #expect(problems.last == "15 more addresses differ on the wire.")
    }
}
