import Laboratory
import TestTraits
import Testing

/// Somebody else uses an address, or might.
@Suite(.serialized, .blocking, .needsKubectl) struct ConflictTests {
    private let world: World

    init() throws { world = try World() }

    /// The only probes of the address are those from before the Service was there.
    @Test func anAllocationWaitsForNoProbe() throws {
        let capture = try FrameCapture(
            in: world.client, on: "eth0", filter: "arp and src host 0.0.0.0 and dst host 192.0.2.16"
        )
        let node = try world.node(pool: "192.0.2.16-192.0.2.17")
        try node.start()
        try eventually("the address is probed", within: .seconds(10)) {
            capture.frames.count == 3
        }
        try node.apply("web")
        #expect(try node.awaitAddress(of: "web") == "192.0.2.16")
        try world.eventuallyAnswered("192.0.2.16")
        #expect(capture.frames.count == 3)
    }

    /// A host that comes later is named wherever a user may look, whatever is done about it.
    @Test(arguments: ["defend", "yield", "report"])
    func aHostThatComesLaterIsNamedEverywhere(policy: String) throws {
        let rival = "02:00:00:00:00:99"
        let node = try world.node(pool: "192.0.2.16")
        try node.folder.write("onConflict: \(policy)\n", to: "herald.yaml")
        try node.start()
        try node.apply("web")
        let address = try node.awaitAddress(of: "web")
        try world.eventuallyAnswered(address)
        let foreign = try world.foreignHost(at: address, linkAddress: rival)
        try foreign.run("arping", ["-U", "-c", "1", "-I", "eth0", address])
        try eventually("the addresses name the host", within: .seconds(10)) {
            let line = try node.heraldctl("addresses", "-o", "wide").output
                .split(separator: "\n").first { $0.hasPrefix("\(address) ") }
            return line.map { $0.contains("conflict") && $0.contains(rival) } ?? false
        }
        let check = try node.heraldctl("status", "--check")
        #expect(check.status == 1 && check.errorOutput.contains(rival), "\(check.errorOutput)")
        #expect(
            try node.get("metrics").output.contains(
                "herald_address_conflict{address=\"\(address)\",pool=\"public\",mac=\"\(rival)\"} 1"
            ))
        try eventually("an event names it", within: .seconds(10)) {
            let described = try node.kubectl("describe", "service", "web")
            return described.contains("AddressConflict") && described.contains(rival)
        }
        #expect(try node.address(of: "web") == address)
        // Of two that answer, either may be first.
        if policy == "yield" { #expect(try world.whoHas(address) == rival) }
    }
}
