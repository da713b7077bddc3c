import Foundation
import HTTPServing
import Laboratory
import TestTraits
import Testing

/// Without the API nothing changes on the wire, nodes may die all the same, and it is said.
@Suite(.serialized, .blocking, .needsKubectl) struct FailStaticTests {
    private let cluster: Cluster
    private let addresses: [String]
    private static let everybody = ["n1", "n2", "n3"]
    /// A dead connection is noticed within 30 s; the rest is a busy machine's.
    private static let noticeMax = Duration.seconds(45)

    init() throws {
        cluster = try Cluster()
        addresses = try cluster.serve()
        try cluster.awaitOwners(of: addresses, among: Self.everybody, seenBy: Self.everybody)
    }

    private func awaitConnected(_ wanted: Bool, _ names: [String]) throws {
        try eventually("\(names) say connected: \(wanted)", within: Self.noticeMax) {
            try names.allSatisfy { try cluster.status(of: cluster[$0]).api.connected == wanted }
        }
    }

    /// Runs `body` while the server, if there is one, answers.
    private func serving(_ server: HTTPServer?, _ body: () throws -> Void) async throws {
        let run = Task { try await server?.run() }
        defer { run.cancel() }
        try body()
    }

    @Test(arguments: APITrouble.allCases)
    func nothingMovesWhileTheAPIIsAway(trouble: APITrouble) async throws {
        let first = cluster["n1"]
        let owners = try cluster.owners(seenBy: first)
        try await serving(try trouble.begin(on: first)) {
            try awaitConnected(false, Self.everybody)
            #expect(try cluster.owners(seenBy: cluster["n2"]) == owners)
            #expect(try cluster.answers(for: addresses) == cluster.expected(owners))
            let check = try cluster["n2"].heraldctl("status", "--check")
            #expect(check.status == 1)
            #expect(
                check.errorOutput.contains(
                    #/Kubernetes API is not connected .*; the view is \d+ s old/#),
                "\(check.errorOutput)")
            // A death is survived as ever, and touches nobody else's addresses.
            try cluster["n3"].end(SIGKILL)
            let after = try cluster.awaitOwners(
                of: addresses, among: ["n1", "n2"], seenBy: ["n1", "n2"])
            for (address, owner) in owners where owner != "n3" {
                #expect(after[address] == owner, "\(address)")
            }
            #expect(try cluster.answers(for: addresses) == cluster.expected(after))
            try eventually("the view ages") {
                try cluster.status(of: cluster["n2"]).api.staleSeconds ?? 0 > 0
            }
            try APITrouble.end(on: first)
            try awaitConnected(true, ["n1", "n2"])
            #expect(try cluster.owners(seenBy: cluster["n2"]) == after, "nothing moves")
            #expect(try cluster.status(of: cluster["n2"]).api.staleSeconds == 0)
            try cluster.serve(["late"])
        }
    }

    /// What a node that dies leaves goes to the nodes that see the API.
    @Test func whoAloneCannotReachTheAPIRanksBehind() throws {
        try APITrouble.refuse("192.0.2.2", on: cluster["n1"])
        try awaitConnected(false, ["n2"])
        let owners = try cluster.owners(seenBy: cluster["n1"])
        #expect(try cluster.status(of: cluster["n1"]).api.connected)
        try cluster["n3"].end(SIGKILL)
        let after = try cluster.awaitOwners(
            of: addresses, among: ["n1", "n2"], seenBy: ["n1", "n2"])
        for address in addresses {
            #expect(after[address] == (owners[address] == "n2" ? "n2" : "n1"), "\(address)")
        }
    }
}
