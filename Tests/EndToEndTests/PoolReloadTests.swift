import Foundation
import Laboratory
import TestTraits
import Testing

/// Pool files that change under a running daemon, without a signal; and what it remembers of
/// addresses that were given back.
@Suite(.serialized, .blocking, .needsKubectl) struct PoolReloadTests {
    private let world: World

    init() throws { world = try World() }

    @Test func aPoolFileThatIsSavedServesWhoWaits() throws {
        let node = try world.node(pool: "192.0.2.16")
        try node.start()
        try node.apply("web")
        _ = try node.awaitAddress(of: "web")
        try node.apply("late")
        try node.writePool("192.0.2.16-192.0.2.17")
        #expect(try node.awaitAddress(of: "late") == "192.0.2.17")
    }

    @Test func aMountedConfigMapThatIsSwappedServesWhoWaits() throws {
        let node = try world.node(pool: "192.0.2.16")
        let mounted = node.folder.path("pools/public.yaml")
        func mount(_ version: String) throws {
            let text = try String(contentsOfFile: mounted, encoding: .utf8)
                .replacingOccurrences(of: "[192.0.2.16]", with: "[192.0.2.16-192.0.2.17]")
            try node.folder.write(
                version == "1" ? text.replacingOccurrences(of: "-192.0.2.17", with: "") : text,
                to: "pools/..\(version)/public.yaml")
            let next = node.folder.path("pools/..data_tmp")
            try FileManager.default.createSymbolicLink(
                atPath: next, withDestinationPath: "..\(version)")
            #expect(rename(next, node.folder.path("pools/..data")) == 0)
        }
        try mount("1")
        try FileManager.default.removeItem(atPath: mounted)
        try FileManager.default.createSymbolicLink(
            atPath: mounted, withDestinationPath: "..data/public.yaml")
        try node.start()
        try node.apply("web")
        _ = try node.awaitAddress(of: "web")
        try node.apply("late")
        try mount("2")
        #expect(try node.awaitAddress(of: "late") == "192.0.2.17")
    }

    @Test func anInvalidSetIsSaidEverywhereUntilItIsMended() throws {
        let node = try world.node()
        try node.start()
        try node.apply("web")
        let address = try node.awaitAddress(of: "web")
        try node.writePool("192.0.2.300")
        try eventually("status names the place", within: .seconds(10)) {
            try node.heraldctl("status").output.contains("public.yaml:5:")
        }
        #expect(try node.get("metrics").output.contains("\nherald_problems 1\n"))
        let log = node.daemon?.errorOutputSoFar ?? ""
        #expect(log.contains("pool files refused, the last good set stays"), "\(log)")
        #expect(try node.address(of: "web") == address)
        // Back to exactly what was good before.
        try node.writePool("192.0.2.16-192.0.2.31")
        try eventually("nothing is wrong any more", within: .seconds(10)) {
            try node.get("metrics").output.contains("\nherald_problems 0\n")
        }
        #expect(try !node.heraldctl("status").output.contains("public.yaml"))
        #expect(try node.address(of: "web") == address)
    }

    @Test func aFormerAddressIsKeptOverKill9() throws {
        let node = try world.node()
        try node.start()
        try node.apply("web")
        let address = try node.awaitAddress(of: "web")
        try node.kubectl("delete", "service", "web")
        func record() -> String? {
            try? node.kubectl(
                "get", "configmap", "herald-retained", "-n", "herald-system", "-o",
                "jsonpath={.data.addresses}")
        }
        try eventually("what is kept is on record", within: .seconds(10)) {
            record() == "\(address) default/web retain=24h rest=0s\n"
        }
        try node.end(SIGKILL)
        try node.start()
        try node.apply("other")
        #expect(try node.awaitAddress(of: "other") != address)
        try node.apply("web")
        #expect(try node.awaitAddress(of: "web") == address)
        try eventually("its former holder has it, so nothing is kept", within: .seconds(10)) {
            record() == ""
        }
    }
}
