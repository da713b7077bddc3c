import Foundation
import Laboratory
import TestTraits
import Testing

/// A Service's address from its first answer to its last, with real programs only.
@Suite(.serialized, .blocking, .needsKubectl) struct AddressLifeTests {
    private let world: World
    private let node: HeraldNode

    init() throws {
        world = try World()
        node = try world.node()
        try node.start()
    }

    @Test func answersWithinTwoSecondsOfApply() throws {
        try node.apply("web")
        let applied = ContinuousClock.now
        var answer: String?
        while answer == nil, ContinuousClock.now - applied < .seconds(10) {
            answer = try world.whoHas("192.0.2.16")
        }
        let took = ContinuousClock.now - applied
        #expect(answer == HeraldNode.linkAddress)
        #expect(took < .seconds(2), "answered after \(took)")
        #expect(try node.address(of: "web") == "192.0.2.16")
    }

    @Test func trafficArrives() throws {
        try node.apply("web")
        let address = try node.awaitAddress(of: "web")
        try node.serve(address, text: "hello from web")
        try world.eventuallyAnswered(address)
        #expect(try world.fetch(address) == "hello from web\n")
    }

    @Test func kubectlShowsTheAddress() throws {
        try node.apply("web")
        let address = try node.awaitAddress(of: "web")
        let table = try node.kubectl("get", "svc", "web")
        #expect(table.contains(address), "\(table)")
        #expect(table.contains("EXTERNAL-IP"), "\(table)")
    }

    @Test func nobodyAnswersAfterDelete() throws {
        try node.apply("web")
        let address = try node.awaitAddress(of: "web")
        // The node's kernel has the address still: whoever answered would be Herald.
        try node.serve(address, text: "hello")
        try world.eventuallyAnswered(address)
        try node.kubectl("delete", "service", "web")
        try eventually("nobody answers for \(address)", within: .seconds(5)) {
            try world.whoHas(address) == nil
        }
        #expect(try world.whoHas(address) == nil)
        #expect(try node.heraldctl("addresses").output == "No addresses are allocated.\n")
    }

    @Test(arguments: [SIGTERM, SIGINT, SIGKILL])
    func aRestartKeepsTheAddresses(signal: Int32) throws {
        for name in ["web", "shop", "mail"] { try node.apply(name) }
        // The first goes, so that first-free-address alone would not give the same again.
        _ = try node.awaitAddress(of: "web")
        let held = try [node.awaitAddress(of: "shop"), node.awaitAddress(of: "mail")]
        try node.kubectl("delete", "service", "web")
        try node.end(signal)
        #expect(try world.whoHas(held[0]) == nil)
        try node.start()
        for (name, address) in zip(["shop", "mail"], held) {
            #expect(try node.awaitAddress(of: name) == address)
            try world.eventuallyAnswered(address)
        }
    }

    @Test func aStopEndsCleanlyAndSoon() throws {
        try node.apply("web")
        let address = try node.awaitAddress(of: "web")
        try world.eventuallyAnswered(address)
        let asked = ContinuousClock.now
        let end = try node.end(SIGTERM)
        #expect(end.status == 0, "\(end.errorOutput)")
        #expect(ContinuousClock.now - asked < .seconds(5))
        #expect(try world.whoHas(address) == nil)
    }

    @Test func twoServicesHaveTwoAddresses() throws {
        try node.apply("web")
        try node.apply("shop")
        let addresses = try Set([node.awaitAddress(of: "web"), node.awaitAddress(of: "shop")])
        #expect(addresses == ["192.0.2.16", "192.0.2.17"])
        for address in addresses { try world.eventuallyAnswered(address) }
    }

    @Test func otherServicesGetNothing() throws {
        for (name, type) in [("inner", "ClusterIP"), ("outer", "NodePort")] {
            let service = Manifest.service(name).replacing("LoadBalancer", with: type)
            try node.kubectl("apply", "-f", "-", input: service)
        }
        try node.apply("web")
        _ = try node.awaitAddress(of: "web")
        #expect(try node.address(of: "inner") == nil)
        #expect(try node.address(of: "outer") == nil)
        #expect(try node.heraldctl("services", "-o", "json").output.contains("default/web"))
        #expect(try !node.heraldctl("services", "-o", "json").output.contains("default/outer"))
    }
}

extension World {
    /// Waits until the node answers for the address.
    func eventuallyAnswered(_ address: String) throws {
        try eventually("\(address) is answered", within: .seconds(10)) {
            try whoHas(address) == HeraldNode.linkAddress
        }
    }
}

extension Trait where Self == ConditionTrait {
    /// kubectl is used where it is; where everything must be proved (CI is set) it has to be.
    static var needsKubectl: ConditionTrait {
        .enabled("kubectl is not installed") {
            let found = try await Command.runAside("sh", ["-c", "command -v kubectl"]).succeeded
            return found || ProcessInfo.processInfo.environment["CI"] != nil
        }
    }
}
