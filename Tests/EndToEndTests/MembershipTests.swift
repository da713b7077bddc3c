import Foundation
import Laboratory
import TestTraits
import Testing

/// Three daemons and what they share: an API, a leader, a key, names.
@Suite(.serialized, .blocking, .needsKubectl) struct MembershipTests {
    private static let everybody = ["n1", "n2", "n3"]

    /// What was announced stays, a death is survived, and when the API is back all goes on.
    @Test func addressesOutliveTheNodeOfTheAPI() throws {
        let cluster = try Cluster()
        let addresses = try cluster.serve()
        let before = try cluster.awaitOwners(
            of: addresses, among: Self.everybody, seenBy: Self.everybody)
        try cluster["n1"].end(SIGKILL)
        let after = try cluster.awaitOwners(
            of: addresses, among: ["n2", "n3"], seenBy: ["n2", "n3"])
        for (address, owner) in before where owner != "n1" { #expect(after[address] == owner) }
        try cluster["n2"].end(SIGKILL)
        let last = try cluster.awaitOwners(of: addresses, among: ["n3"], seenBy: ["n3"])
        #expect(try cluster.answers(for: addresses) == cluster.expected(last))
        try cluster["n1"].start()
        try cluster.serve(["late"])
    }

    /// All power is gone and the API stays away: what was announced is announced again, marked
    /// stale, and stays where it is when the API is back.
    @Test func nodesThatStartWithoutTheAPIAnnounceWhatTheyKnew() throws {
        let cluster = try Cluster()
        let addresses = try cluster.serve()
        for name in ["n2", "n3"] {
            try eventually("\(name) keeps what it knows") {
                let kept = try? String(
                    contentsOfFile: cluster[name].folder.path("state/lastknown.json"),
                    encoding: .utf8)
                return addresses.allSatisfy { kept?.contains("\"\($0)\"") == true }
            }
        }
        for name in Self.everybody { try cluster[name].end(SIGKILL) }
        for name in ["n2", "n3"] { try cluster[name].start() }
        let stale = try cluster.awaitOwners(
            of: addresses, among: ["n2", "n3"], seenBy: ["n2", "n3"])
        #expect(try cluster.answers(for: addresses) == cluster.expected(stale))
        #expect(try cluster.status(of: cluster["n2"]).api.connected == false)
        try cluster["n1"].start()
        try eventually("n2 and n3 see the API", within: .seconds(30)) {
            try ["n2", "n3"].allSatisfy { try cluster.status(of: cluster[$0]).api.connected }
        }
        try cluster.serve(["late"])
        let fresh = try cluster.owners(seenBy: cluster["n2"])
        for address in addresses { #expect(fresh[address] == stale[address], "\(address)") }
    }

    /// New addresses wait for the next leader; nothing else does.
    @Test func theLeadersDeathDelaysNewAllocationsOnly() throws {
        let cluster = try Cluster()
        let addresses = try cluster.serve()
        try cluster["n1"].kubectl(
            "patch", "lease", "herald-allocator", "-n", "herald-system", "--type=merge", "-p",
            #"{"spec":{"holderIdentity":"n2"}}"#)
        try eventually("n2 leads", within: .seconds(20)) {
            try cluster.status(of: cluster["n2"]).role == "leader"
                && cluster.status(of: cluster["n1"]).role == "member"
        }
        try cluster["n2"].end(SIGKILL)
        try cluster.awaitOwners(of: addresses, among: ["n1", "n3"], seenBy: ["n1", "n3"])
        try cluster.serve(["late"])
        let leaders = try ["n1", "n3"].filter {
            try cluster.status(of: cluster[$0]).role == "leader"
        }
        #expect(leaders.count == 1)
    }

    /// It is nobody's peer, and asks the wire before it claims: what is answered it leaves alone.
    @Test func aNodeWithAnotherKeyIsNamedAndTakesNothing() throws {
        let cluster = try Cluster()
        let addresses = try cluster.serve()
        let node = cluster["n3"]
        try node.end(SIGTERM)
        let key = try node.folder.write("a key of its own, of no use\n", to: "hello.key")
        node.extraArguments = ["--hello-key", key]
        try node.start()
        let owners = try cluster.awaitOwners(
            of: addresses, among: ["n1", "n2"], seenBy: ["n1", "n2"])
        for (watcher, culprit) in [
            ("n1", "n3 (192.0.2.3)"), ("n2", "n3 (192.0.2.3)"), ("n3", "n1 (192.0.2.1)"),
        ] {
            try eventually("\(watcher) names \(culprit)") {
                let problems = try cluster.status(of: cluster[watcher]).problems ?? []
                return problems.contains { $0.hasPrefix("\(culprit) speaks with another key") }
            }
        }
        #expect(try cluster.answers(for: addresses) == cluster.expected(owners))
        let metrics = try cluster["n1"].get("metrics").output
        #expect(metrics.contains("herald_hello_refused_total{reason=\"otherKey\"}"))
    }

    @Test func theKeyIsMadeOnceAndKeptByEverybody() throws {
        let cluster = try Cluster()
        let secret = try cluster["n1"].kubectl(
            "get", "secret", "herald-hello-key", "-n", "herald-system", "-o",
            "jsonpath={.data.key-1}")
        #expect(secret.count > 40)
        try eventually("every node keeps it") {
            cluster.nodes.allSatisfy {
                let kept = try? String(
                    contentsOfFile: $0.folder.path("state/hello.key"), encoding: .utf8)
                return kept?.contains(secret) == true
            }
        }
        let mode = try Command.run(
            "stat", ["-c", "%a", cluster["n2"].folder.path("state/hello.key")]
        ).output
        #expect(mode == "600\n")
    }

    @Test func twoNodesWithOneNameAreReportedByBoth() throws {
        let cluster = try Cluster()
        let addresses = try cluster.serve()
        try cluster.awaitOwners(of: addresses, among: Self.everybody, seenBy: Self.everybody)
        let twin = try HeraldNode(
            "n2", number: 4, on: cluster.world.segment, pool: "192.0.2.16-192.0.2.63",
            api: cluster["n1"])
        try twin.start()
        for node in [cluster["n2"], twin] {
            try eventually("\(node.number) says so", within: .seconds(20)) {
                let problems = try cluster.status(of: node).problems ?? []
                return problems.contains { $0.hasPrefix("Another node goes by the name n2") }
            }
        }
        // Both have given up what they had: the others answer.
        let owners = try cluster.awaitOwners(
            of: addresses, among: ["n1", "n3"], seenBy: ["n1", "n3"])
        #expect(try cluster.answers(for: addresses) == cluster.expected(owners))
    }
}
