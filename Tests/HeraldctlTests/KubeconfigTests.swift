import Laboratory
import Testing

/// The commands that it prints; that they work is shown against a real server.
@Suite struct KubeconfigTests {
    private static func run(_ words: String...) async throws -> Command {
        try await Command.runAside(BuiltProgram.path("heraldctl"), ["kubeconfig"] + words)
    }

    @Test func theCommandsAreAsTheyWere() async throws {
        let run = try await Self.run()
        #expect(run.status == 0 && run.errorOutput == "")
        #expect(try GoldenText.difference(run.output, from: "kubeconfig.txt") == nil)
        let check = try await Command.runAside("sh", ["-n"], input: run.output)
        #expect(check.succeeded, "\(check.errorOutput)")
    }

    @Test func whatWasAskedForIsOneWordOfTheShell() async throws {
        let run = try await Self.run(
            "--server", "https://192.0.2.1:6443", "--output", "a 'b'; rm x", "--duration", "24h")
        #expect(run.output.contains(#"\#nfile='a '\''b'\''; rm x'\#n"#), "\(run.output)")
        #expect(run.output.contains("\nserver='https://192.0.2.1:6443'\n"))
        #expect(run.output.contains("--duration=24h"))
    }

    @Test(arguments: [
        ["--server", "http://a"], ["--server", "https://a';x"], ["--duration", "1y"],
        ["--duration", "$(x)"],
    ])
    func whatIsNoServerAndNoTimeIsRefused(words: [String]) async throws {
        let run = try await Command.runAside(
            BuiltProgram.path("heraldctl"), ["kubeconfig"] + words)
        #expect(run.status == 2 && run.output == "")
        #expect(run.errorOutput.contains(words[1]))
    }
}
