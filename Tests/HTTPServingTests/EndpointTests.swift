import Certificates
import Foundation
import HTTPServing
import Laboratory
import ServiceLifecycle
import ServiceLifecycleTestKit
import Testing

@Suite(.serialized) struct UnixSocketTests {
    static func configuration(_ path: String) -> HTTPServerConfiguration {
        HTTPServerConfiguration(endpoint: .unixSocket(path: path))
    }

    static func path() -> String {
        NSTemporaryDirectory() + "h-\(UUID().uuidString.prefix(8)).sock"
    }

    @Test func servesWithMode0660AndCleansUp() async throws {
        let path = Self.path()
        let server = try HTTPServer(configuration: Self.configuration(path)) { _ in
            HTTPResponse(text: "hello")
        }
        #expect(server.port == nil)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
        #expect(mode as? Int == 0o660)
        let answer = try await serving(server) {
            try await Command.runAside("curl", ["-sS", "--unix-socket", path, "http://x/"]).output
        }
        #expect(answer == "hello")
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func aStaleFileIsReplacedALiveOneIsNot() throws {
        let path = Self.path()
        defer { unlink(path) }
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        #expect(bound == 0)
        close(descriptor)
        let first = try HTTPServer(configuration: Self.configuration(path)) { _ in
            HTTPResponse(text: "")
        }
        let error = #expect(throws: ListenError.self) {
            _ = try HTTPServer(configuration: Self.configuration(path)) { _ in
                HTTPResponse(text: "")
            }
        }
        #expect(error?.description.contains("another program answers there") == true)
        withExtendedLifetime(first) {}
    }

    @Test func otherFilesAreLeftAlone() throws {
        let path = Self.path()
        defer { unlink(path) }
        try Data("precious".utf8).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: ListenError.self) {
            _ = try HTTPServer(configuration: Self.configuration(path)) { _ in
                HTTPResponse(text: "")
            }
        }
        #expect(
            error?.description
                == "cannot listen on \(path): a file that is no socket is there: move it away")
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
    }
}

@Suite(.serialized) struct TCPTests {
    @Test func takenAndWrongAddressesAreSaidEarly() throws {
        let first = try HTTPServer(
            configuration: HTTPServerConfiguration(endpoint: .tcp(host: "127.0.0.1", port: 0))
        ) { _ in HTTPResponse(text: "") }
        let port = try #require(first.port)
        for (host, port, says) in [
            ("127.0.0.1", port, "Address already in use (is another instance running?)"),
            ("localhost", 0, "\"localhost\" is not an IP address"),
            ("192.0.2.1", 0, "Cannot assign requested address"),
            ("127.0.0.1", 65_536, "a port is 0 to 65535"), ("::x", 0, "is not an IP address"),
        ] {
            let error = #expect(throws: ListenError.self) {
                _ = try HTTPServer(
                    configuration: HTTPServerConfiguration(endpoint: .tcp(host: host, port: port))
                ) { _ in HTTPResponse(text: "") }
            }
            #expect(error?.description.contains(says) == true, "\(error?.description ?? "")")
        }
    }

    /// A peer that vanished without a word is looked for.
    @Test func deadPeersAreNoticed() async throws {
        let server = try HTTPServer(
            configuration: HTTPServerConfiguration(endpoint: .tcp(host: "127.0.0.1", port: 0))
        ) { _ in HTTPResponse(text: "") }
        let port = try #require(server.port)
        try await serving(server) {
            let client = try RawClient(port: port)
            client.send("GET / HTTP/1.1\r\n\r\n")
            _ = try await client.readToEnd(within: .milliseconds(200))
            let filter = ["-tnoH", "state", "established", "sport", "= :\(port)"]
            let sockets = try await Command.runAside("ss", filter)
            #expect(sockets.output.contains("timer:(keepalive,"), "\(sockets.output)")
        }
    }

    @Test func servesIPv6() async throws {
        let server = try HTTPServer(
            configuration: HTTPServerConfiguration(endpoint: .tcp(host: "::1", port: 0))
        ) { _ in HTTPResponse(text: "six") }
        let port = try #require(server.port)
        let answer = try await serving(server) {
            try await Command.runAside("curl", ["-sSg", "http://[::1]:\(port)/"]).output
        }
        #expect(answer == "six")
    }
}

@Suite(.serialized) struct TLSTests {
    /// A certificate for 127.0.0.1, of the authority in `FOLDER/NAME.crt`.
    static func identity(_ folder: String, _ name: String) throws -> TLSIdentity {
        try CertificateAuthority(storedAs: "\(folder)/\(name)")
            .issueServerIdentity(names: ["127.0.0.1"])
    }

    @Test func nothingIsSaidWithoutTLS() async throws {
        let folder = NSTemporaryDirectory() + "herald-tls-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        _ = try Self.identity(folder, "other")
        let server = try HTTPServer(
            configuration: HTTPServerConfiguration(
                endpoint: .tcp(host: "127.0.0.1", port: 0),
                tls: try Self.identity(folder, "own"))
        ) { _ in HTTPResponse(text: "secret") }
        let port = try #require(server.port)
        try await serving(server) {
            for (authority, expected) in [("own", "secret"), ("other", "")] {
                let answer = try await Command.runAside(
                    "curl",
                    ["-sS", "--cacert", "\(folder)/\(authority).crt", "https://127.0.0.1:\(port)/"])
                #expect(answer.output == expected, "\(authority): \(answer.errorOutput)")
            }
            let plain = try await Command.runAside("curl", ["-sS", "http://127.0.0.1:\(port)/"])
            #expect(!plain.succeeded && !plain.output.contains("secret"))
            let again = try await Command.runAside("curl", ["-sSk", "https://127.0.0.1:\(port)/"])
            #expect(again.output == "secret")
        }
    }
}

@Suite(.serialized) struct ShutdownTests {
    /// Begun responses end, streams end cleanly, idle and new connections do not hold the server.
    @Test func gracefulShutdownLetsResponsesEnd() async throws {
        let (gates, gate) = AsyncStream<Void>.makeStream()
        let begun = Shared(0)
        let server = try HTTPServer(
            configuration: HTTPServerConfiguration(endpoint: .tcp(host: "127.0.0.1", port: 0))
        ) { request in
            begun.update { $0 += 1 }
            guard request.path == ["stream"] else {
                for await _ in gates { break }
                return HTTPResponse(text: "whole")
            }
            return HTTPResponse(
                status: 200,
                body: .streaming { stream in
                    try await stream.write([0x78])
                    let (never, keep) = AsyncStream<Void>.makeStream()
                    for await _ in never {}
                    keep.finish()
                    try Task.checkCancellation()
                })
        }
        let port = try #require(server.port)
        let idle = try RawClient(port: port)
        let whole = try RawClient(port: port)
        let stream = try RawClient(port: port)
        whole.send("GET / HTTP/1.1\r\n\r\n")
        stream.send("GET /stream HTTP/1.1\r\n\r\n")
        try await testGracefulShutdown { trigger in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await server.run() }
                #expect(await begun.becomes { $0 == 2 })
                trigger.triggerGracefulShutdown()
                #expect(try await stream.readToEnd().text.hasSuffix("0\r\n\r\n"))
                #expect(try await idle.readToEnd().isClosed)
                gate.yield()
                let answered = try await whole.readToEnd()
                #expect(answered.text.hasSuffix("whole") && answered.isClosed)
                try await group.waitForAll()
            }
        }
        #expect(throws: RawClient.Failure.self) { try RawClient(port: port) }
    }

    /// A response that never ends is cut off after the drain time.
    @Test func theDrainTimeIsBounded() async throws {
        let (never, keep) = AsyncStream<Void>.makeStream()
        let begun = Shared(0)
        var configuration = HTTPServerConfiguration(endpoint: .tcp(host: "127.0.0.1", port: 0))
        configuration.limits.drainTimeout = .milliseconds(100)
        let server = try HTTPServer(configuration: configuration) { _ in
            begun.update { $0 += 1 }
            for await _ in never {}
            return HTTPResponse(text: "late")
        }
        let client = try RawClient(port: try #require(server.port))
        client.send("GET / HTTP/1.1\r\n\r\n")
        try await testGracefulShutdown { trigger in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await server.run() }
                #expect(await begun.becomes { $0 == 1 })
                trigger.triggerGracefulShutdown()
                try await group.waitForAll()
            }
        }
        #expect(try await client.readToEnd().isClosed)
        keep.finish()
    }
}
