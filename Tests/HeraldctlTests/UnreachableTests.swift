import Foundation
import Laboratory
import Testing

/// Exit status 3 and one sentence, whatever is wrong with the socket.
@Suite struct UnreachableTests {
    @Test(arguments: ["status", "services", "addresses", "pools", "version", "status --check"])
    func noDaemon(command: String) async throws {
        let folder = try TemporaryFolder()
        let run = try await heraldctl(command, socket: folder.path("none.sock"))
        expectSentence(run, "there is no socket \(folder.path("none.sock"))")
    }

    @Test func theDefaultPath() async throws {
        let run = try await Command.runAside(BuiltProgram.path("heraldctl"), ["status"])
        expectSentence(run, "there is no socket /run/herald/herald.sock")
    }

    @Test func aSocketWithoutAListener() async throws {
        let folder = try TemporaryFolder()
        let socket = try RawSocket(path: folder.path("stale.sock"), isListening: false)
        expectSentence(try await heraldctl("status", socket: socket.path), "nobody listens on ")
    }

    @Test func aPlainFile() async throws {
        let folder = try TemporaryFolder()
        try Data().write(to: URL(fileURLWithPath: folder.path("file")))
        let run = try await heraldctl("status", socket: folder.path("file"))
        expectSentence(run, "nobody listens on ")
    }

    @Test func noPermission() async throws {
        let folder = try TemporaryFolder()
        let socket = try RawSocket(path: folder.path("closed.sock"), isListening: true)
        let run = try await Command.runAside(
            "setpriv",
            [
                "--reuid=65534", "--clear-groups", BuiltProgram.path("heraldctl"), "status",
                "--socket", socket.path,
            ])
        expectSentence(run, "no permission to use \(socket.path)")
    }

    @Test func aDaemonThatHangs() async throws {
        let folder = try TemporaryFolder()
        let socket = try RawSocket(path: folder.path("hung.sock"), isListening: true)
        expectSentence(try await heraldctl("status", socket: socket.path), "within 5 s")
    }

    @Test func aDaemonThatDiesWhileItAnswers() async throws {
        let folder = try TemporaryFolder()
        let socket = try RawSocket(path: folder.path("dies.sock"), isListening: true)
        socket.answerOnce("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"node\":")
        expectSentence(try await heraldctl("status", socket: socket.path), "was closed before")
    }

    @Test func aPathThatNoSocketCanHave() async throws {
        let path = "/run/" + String(repeating: "x", count: 103)
        expectSentence(try await heraldctl("status", socket: path), "longer than the 107 bytes")
    }

    @Test func somethingThatSpeaksNoHTTP() async throws {
        let folder = try TemporaryFolder()
        let socket = try RawSocket(path: folder.path("ssh.sock"), isListening: true)
        socket.answerOnce("SSH-2.0-OpenSSH_9.2\r\n")
        let run = try await heraldctl("status", socket: socket.path)
        #expect(run.status == 1)
        #expect(run.errorOutput.contains("is not understood"))
    }

    private func expectSentence(
        _ run: Command, _ text: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(run.status == 3, sourceLocation: sourceLocation)
        #expect(run.output == "", sourceLocation: sourceLocation)
        let lines = run.errorOutput.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 2 && lines.last == "", sourceLocation: sourceLocation)
        #expect(run.errorOutput.contains(text), sourceLocation: sourceLocation)
        #expect(
            run.errorOutput.contains("`systemctl status heraldd`"), sourceLocation: sourceLocation)
    }
}
