import Foundation
import HTTPServing
import Laboratory
import Status
import Testing

/// The real program against a real server on a Unix socket, and against none.
@Suite struct ProgramTests {
    @Test(arguments: [
        ("status", "status-full.table.txt"), ("status -o table", "status-full.table.txt"),
        ("status -o wide", "status-full.wide.txt"), ("status -o yaml", "status-full.yaml"),
        ("status --output yaml", "status-full.yaml"), ("services", "services.table.txt"),
        ("services -o wide", "services.wide.txt"), ("services -o yaml", "services.yaml"),
        ("addresses", "addresses.txt"), ("addresses -o wide", "addresses.wide.txt"),
        ("addresses -o json", "addresses.json"), ("addresses -o yaml", "addresses.yaml"),
        ("pools", "pools.txt"), ("pools -o wide", "pools.wide.txt"),
        ("pools -o json", "pools.json"), ("pools -o yaml", "pools.yaml"),
        ("members", "members.txt"), ("members -o json", "members.json"),
        ("history", "history.txt"), ("history -o yaml", "history.yaml"),
        ("rebalance --dry-run", "rebalance.txt"), ("rebalance", "rebalance-nothing.txt"),
        ("drain", "drain.txt"), ("drain n3 -o json", "drain.json"), ("undrain", "undrain.txt"),
        ("drain n1", "drain-other.txt"), ("undrain n1", "undrain-other.txt"),
        ("drain n1 -o json", "drain-other.json"),
        ("version", "version.txt"), ("version -o json", "version.json"),
    ])
    func printsTheAnswer(command: String, golden: String) async throws {
        try await withDaemon { daemon in
            let run = try await daemon.heraldctl(command)
            #expect(run.status == 0)
            #expect(run.errorOutput == "")
            #expect(try GoldenText.difference(run.output, from: golden) == nil)
        }
    }

    /// `-o json` is the daemon's own answer, laid out.
    @Test(arguments: [("status", "status-full.json"), ("services", "services.json")])
    func jsonIsTheContract(command: String, answer: String) async throws {
        let json = try Answers.json(answer)
        try await withDaemon { daemon in
            let run = try await daemon.heraldctl(command + " -o json")
            #expect(Array(run.output.utf8) == json)
        }
    }

    @Test func checkExitsOneAndSaysWhy() async throws {
        try await withDaemon { daemon in
            let run = try await daemon.heraldctl("status --check")
            #expect(run.status == 1)
            #expect(try GoldenText.difference(run.output, from: "status-full.table.txt") == nil)
            #expect(
                try GoldenText.difference(run.errorOutput, from: "status-full.check.txt") == nil)
        }
    }

    @Test(arguments: [("doctor", "doctor.txt"), ("doctor -o json", "doctor.json")])
    func doctorSaysWhatIsWrongAndExitsOne(command: String, golden: String) async throws {
        try await withDaemon { daemon in
            let run = try await daemon.heraldctl(command)
            #expect(run.status == 1)
            #expect(run.errorOutput == "")
            #expect(try GoldenText.difference(run.output, from: golden) == nil)
        }
    }

    @Test func checkAndDoctorExitZeroWhenAllIsWell() async throws {
        let status = DaemonStatus(
            node: "n1", role: .leader, leader: "n1",
            api: APIStatus(connected: true, server: "https://127.0.0.1:6481", staleSeconds: 0),
            pools: [PoolStatus(name: "public")], addresses: [], members: [], pending: [])
        try await withDaemon(status: Array(status.document.json(.compact).utf8)) { daemon in
            let run = try await daemon.heraldctl("status --check")
            #expect(run.status == 0)
            #expect(run.errorOutput == "")
            let doctor = try await daemon.heraldctl("doctor")
            #expect(doctor.status == 0)
            #expect(doctor.output == "Nothing is wrong, as n1 sees it.\n")
        }
    }

    @Test(arguments: ["services", "addresses", "pools", "members"])
    func nothingIsSaidInASentence(command: String) async throws {
        let empty = try Answers.json("status-empty.json")
        let none = Array("{\"services\":[]}".utf8)
        try await withDaemon(status: empty, services: none) { daemon in
            let run = try await daemon.heraldctl(command)
            #expect(run.status == 0)
            #expect(run.output.hasPrefix("No ") && run.output.hasSuffix(".\n"), "\(run.output)")
        }
    }

    @Test(arguments: [
        ("not JSON", "<html>", "expected a daemon's status"),
        ("another shape", "{\"node\":\"n1\"}", "version is missing"),
    ])
    func anAnswerFromSomebodyElse(name: String, answer: String, text: String) async throws {
        try await withDaemon(status: Array(answer.utf8)) { daemon in
            let run = try await daemon.heraldctl("status")
            #expect(run.status == 1)
            #expect(run.output == "")
            #expect(run.errorOutput.contains(text), "\(run.errorOutput)")
            #expect(run.errorOutput.contains("is heraldd of the same version?"))
        }
    }

    @Test func anErrorOfTheDaemonIsShown() async throws {
        try await withDaemon(respond: { _ in HTTPResponse(status: 503, text: "not loaded\n") }) {
            let run = try await $0.heraldctl("status")
            #expect(run.status == 1)
            #expect(run.errorOutput.contains("503 Service Unavailable: not loaded"))
        }
    }
}
