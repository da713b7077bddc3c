import ArgumentParser
import Glibc
import Testing

@testable import heraldctl

@Suite struct EndingTests {
    @Test(arguments: [
        ("no such command", ["statsu"], Int32(2), "Unexpected argument 'statsu'"),
        ("no such option", ["status", "--colour"], 2, "Unknown option '--colour'"),
        ("no such format", ["status", "-o", "xml"], 2, "'xml' is invalid for '-o <output>'"),
        ("a value is missing", ["pools", "--socket"], 2, "Missing value for '--socket <path>'"),
        ("help", ["--help"], 0, "Asks a Herald daemon what is true."),
        ("help of a command", ["status", "-h"], 0, "--check"),
        ("the version", ["--version"], 0, "heraldctl 0.1.0"),
    ])
    func usage(name: String, arguments: [String], status: Int32, text: String) throws {
        let error = try #require(throws: (any Error).self) {
            var command = try Heraldctl.parseAsRoot(arguments)
            try command.run()
        }
        let ending = Ending(error)
        #expect(ending.status == status)
        #expect(ending.message.contains(text), "\(ending.message)")
    }

    /// One sentence that names the path, the unit, and what differs from case to case.
    @Test(arguments: [
        (DaemonUnreachable.Cause.system(ENOENT), "there is no socket /run/x"),
        (.system(ECONNREFUSED), "nobody listens on /run/x"),
        (.system(EACCES), "no permission to use /run/x; check that you are root or in"),
        (.system(ENOTSOCK), "connecting to /run/x failed: Socket operation on non-socket"),
        (.silent, "nothing came from /run/x within 5 s"),
        (.closed, "/run/x was closed before the answer came"),
        (.pathTooLong, "/run/x is longer than the 107 bytes of a socket's path"),
    ])
    func unreachable(cause: DaemonUnreachable.Cause, text: String) {
        let ending = Ending(DaemonUnreachable(socketPath: "/run/x", cause: cause))
        #expect(ending.status == 3)
        #expect(ending.message.hasPrefix("heraldctl: heraldd is not reachable: "))
        #expect(ending.message.contains(text), "\(ending.message)")
        #expect(ending.message.contains("`systemctl status heraldd`"))
        #expect(!ending.message.contains("\n"))
    }

    @Test func findingsAreALineEach() {
        let ending = Ending(CheckFailed(findings: ["a is\nb", "c"]))
        #expect(ending.status == 1)
        #expect(ending.message == "wrong: a is b\nwrong: c")
    }

    @Test(arguments: [
        ("plain", "/run/herald/herald.sock", "%2Frun%2Fherald%2Fherald.sock"),
        ("unreserved", "aZ09-._~", "aZ09-._~"),
        ("everything else", "a b%:?#\u{e9}", "a%20b%25%3A%3F%23%C3%A9"),
        ("control characters", "\u{1}\n", "%01%0A"),
    ])
    func percentEncoding(name: String, text: String, encoded: String) {
        #expect(percentEncoded(text) == encoded)
    }
}
