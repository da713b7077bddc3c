import Foundation
import Laboratory
import TestTraits
import Testing

/// When there is not enough for everybody, or somebody else was there first.
@Suite(.serialized, .blocking, .needsKubectl) struct ScarcityTests {
    private let world: World

    init() throws { world = try World() }

    @Test func anExhaustedPoolSaysSoAndServesTheWaiterLater() throws {
        let node = try world.node(pool: "192.0.2.16")
        try node.start()
        try node.apply("web")
        let address = try node.awaitAddress(of: "web")
        try node.apply("late")
        let condition = try conditionOfWaiter("late", on: node)
        #expect(condition.hasPrefix("False PoolExhausted "), "\(condition)")
        #expect(condition.contains("public"), "the message names the pool: \(condition)")
        try eventually("an event says why", within: .seconds(10)) {
            let described = try node.kubectl("describe", "service", "late")
            return described.contains("AllocationPending") && described.contains("public")
        }
        #expect(try node.address(of: "late") == nil)
        let check = try node.heraldctl("status", "--check")
        #expect(check.status == 1)
        #expect(check.errorOutput.contains("wrong: service default/late is pending: "))

        try node.kubectl("delete", "service", "web")
        #expect(try node.awaitAddress(of: "late") == address)
        try world.eventuallyAnswered(address)
        #expect(try node.heraldctl("status", "--check").status == 0)
    }

    @Test func anAddressOfAForeignHostIsNotHandedOut() throws {
        let rival = "02:00:00:00:00:99"
        let foreign = try world.foreignHost(at: "192.0.2.16", linkAddress: rival)
        let node = try world.node(pool: "192.0.2.16-192.0.2.17")
        try node.start()
        try node.apply("web")
        #expect(try node.awaitAddress(of: "web") == "192.0.2.17")
        try world.eventuallyAnswered("192.0.2.17")
        #expect(try world.whoHas("192.0.2.16") == rival)
        let addresses = try node.heraldctl("addresses", "-o", "wide").output
        let line = addresses.split(separator: "\n").first { $0.hasPrefix("192.0.2.16 ") }
        #expect(line?.contains("quarantined") == true, "\(addresses)")
        #expect(line?.contains(rival) == true, "\(addresses)")
        #expect(
            try node.get("metrics").output.contains(
                "herald_pool_addresses_quarantined{pool=\"public\",family=\"IPv4\"} 1\n"))
        // Who gets nothing because of it is told which host to look for.
        try node.apply("late")
        let condition = try conditionOfWaiter("late", on: node)
        #expect(condition.hasPrefix("False PoolExhausted "), "\(condition)")
        #expect(condition.contains("192.0.2.16") && condition.contains(rival), "\(condition)")
        try eventually("an event names it", within: .seconds(10)) {
            let described = try node.kubectl("describe", "service", "late")
            return described.contains("AllocationPending") && described.contains(rival)
        }
        withExtendedLifetime(foreign) {}
    }

    /// The network's address, the gateway's and the node's own are in the pool, and broadcast is.
    @Test func whatTheNetworkItselfUsesIsNotHandedOut() throws {
        let node = try world.node(pool: "192.0.2.0-192.0.2.3, 192.0.2.254-192.0.2.255")
        try node.namespace.ip("route", "add", "default", "via", "192.0.2.2")
        try node.start()
        for name in ["web", "shop", "late"] { try node.apply(name) }
        let given = try ["web", "shop"].map { try node.awaitAddress(of: $0) }
        #expect(given == ["192.0.2.3", "192.0.2.254"], "not .0, .1 (the node), .2 (the gateway)")
        let condition = try conditionOfWaiter("late", on: node)
        #expect(condition.hasPrefix("False PoolExhausted "), "255 is broadcast: \(condition)")
    }

    @Test func aPoolThatGrowsServesWhoWaits() throws {
        let node = try world.node(pool: "192.0.2.16")
        try node.start()
        try node.apply("web")
        _ = try node.awaitAddress(of: "web")
        try node.apply("late")
        _ = try conditionOfWaiter("late", on: node)
        try node.writePool("192.0.2.16-192.0.2.17")
        node.daemon?.signal(SIGHUP)
        #expect(try node.awaitAddress(of: "late") == "192.0.2.17")
    }

    @Test func aPoolFileWithAnErrorChangesNothing() throws {
        let node = try world.node()
        try node.start()
        try node.apply("web")
        let address = try node.awaitAddress(of: "web")
        try node.writePool("192.0.2.300")
        node.daemon?.signal(SIGHUP)
        try eventually("status names the file", within: .seconds(10)) {
            try node.heraldctl("status").output.contains("public.yaml:5:")
        }
        #expect(try node.address(of: "web") == address)
        try world.eventuallyAnswered(address)
    }

    /// "STATUS REASON MESSAGE" of the condition, once the Service waits.
    private func conditionOfWaiter(_ service: String, on node: HeraldNode) throws -> String {
        let path = "{.status.conditions[?(@.type==\"herald.dev/Allocated\")]"
        let format = "jsonpath=\(path).status} \(path).reason} \(path).message}"
        var condition = ""
        try eventually("\(service) waits", within: .seconds(10)) {
            condition = try node.kubectl("get", "service", service, "-o", format)
            return condition.hasPrefix("False ")
        }
        return condition
    }
}
