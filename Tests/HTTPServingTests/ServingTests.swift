import Foundation
import HTTPServing
import Laboratory
import Testing

private func server(
    limits: (inout HTTPLimits) -> Void = { _ in },
    respond: @escaping HTTPServer.Respond = { request in
        HTTPResponse(text: "\(request.method) \(request.body.count)")
    }
) throws -> HTTPServer {
    var configuration = HTTPServerConfiguration(endpoint: .tcp(host: "127.0.0.1", port: 0))
    limits(&configuration.limits)
    return try HTTPServer(configuration: configuration, respond: respond)
}

/// Sends one piece of bytes and gives everything that comes back.
private func exchange(
    _ server: HTTPServer, _ text: String, within bound: Duration = .seconds(10)
) async throws -> (text: String, isClosed: Bool) {
    let port = try #require(server.port)
    return try await serving(server) {
        let client = try RawClient(port: port)
        client.send(text)
        return try await client.readToEnd(within: bound)
    }
}

@Suite(.serialized) struct LimitTests {
    static let close = "Connection: close\r\n"

    @Test func aBodyAtTheLimitPassesAndOneMoreByteDoesNot() async throws {
        for (count, answer) in [(100, "200 OK"), (101, "413 ")] {
            for chunked in [false, true] {
                let body = String(repeating: "x", count: count)
                let size = String(count, radix: 16)
                let framed =
                    chunked
                    ? "Transfer-Encoding: chunked\r\n\r\n\(size)\r\n\(body)\r\n0\r\n\r\n"
                    : "Content-Length: \(count)\r\n\r\n\(body)"
                let answered = try await exchange(
                    try server { $0.bodyBytesMax = 100 },
                    "POST / HTTP/1.1\r\n\(Self.close)\(framed)")
                #expect(answered.text.hasPrefix("HTTP/1.1 \(answer)"), "\(count) \(chunked)")
                #expect(answered.isClosed)
            }
        }
    }

    @Test func anAnnouncedLargeBodyIsRefusedBeforeItIsSent() async throws {
        let answered = try await exchange(
            try server {
                $0.bodyBytesMax = 100
                $0.lingerTimeout = .milliseconds(50)
            }, "POST / HTTP/1.1\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n\r\n")
        #expect(answered.text.hasPrefix("HTTP/1.1 413 ") && answered.isClosed)
        #expect(!answered.text.contains("100 Continue"))
    }

    @Test func largeHeadersAreRefused() async throws {
        let long = String(repeating: "x", count: 2_000)
        for headers in [
            "A: \(long)\r\n", String(repeating: "A: \(long.prefix(600))\r\n", count: 3),
        ] {
            let answered = try await exchange(
                try server { $0.headerBytesMax = 1_024 }, "GET / HTTP/1.1\r\n\(headers)\r\n")
            #expect(answered.text.hasPrefix("HTTP/1.1 431 ") && answered.isClosed)
        }
    }

    @Test func slowClientsAreClosed() async throws {
        for started in ["", "GET", "POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc"] {
            let answered = try await exchange(
                try server {
                    $0.requestTimeout = .milliseconds(100)
                    $0.lingerTimeout = .milliseconds(20)
                }, started)
            #expect(answered.isClosed, "\(started)")
            if started.hasPrefix("POST") { #expect(answered.text.hasPrefix("HTTP/1.1 408 ")) }
        }
    }

    @Test func idleConnectionsAreClosed() async throws {
        let answered = try await exchange(
            try server { $0.idleTimeout = .milliseconds(100) }, "GET / HTTP/1.1\r\n\r\n")
        #expect(answered.text.hasPrefix("HTTP/1.1 200 OK") && answered.isClosed)
    }

    @Test func oneConnectionTooManyIsClosedAtOnce() async throws {
        let server = try server { $0.connectionsMax = 2 }
        let port = try #require(server.port)
        try await serving(server) {
            let first = try RawClient(port: port)
            let second = try RawClient(port: port)
            for client in [first, second] {
                client.send("GET / HTTP/1.1\r\n\r\n")
                #expect(
                    try await client.readToEnd(within: .milliseconds(500)).text.contains("200 OK"))
            }
            let third = try RawClient(port: port)
            #expect(try await third.readToEnd().isClosed)
        }
    }

    /// The response is far larger than what the kernel holds for a client that never reads.
    @Test func aClientThatDoesNotReadIsClosed() async throws {
        let ended = Shared(false)
        let server = try server(limits: { $0.writeTimeout = .milliseconds(200) }) { _ in
            HTTPResponse(
                status: 200,
                body: .streaming { stream in
                    defer { ended.update { $0 = true } }
                    while true { try await stream.write([UInt8](repeating: 0x78, count: 65_536)) }
                })
        }
        let port = try #require(server.port)
        try await serving(server) {
            let client = try RawClient(port: port)
            client.shrinkReceiveBuffer()
            client.send("GET / HTTP/1.1\r\n\r\n")
            #expect(await ended.becomes { $0 })
        }
    }
}

@Suite(.serialized) struct ProtocolTests {
    @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
        let server = try server(respond: { request in
            HTTPResponse(text: "<\(request.path.first ?? "")>")
        })
        let requests = (1...20).map {
            "GET /\($0) HTTP/1.1\r\n\($0 == 20 ? LimitTests.close : "")\r\n"
        }
        let answered = try await exchange(server, requests.joined())
        let bodies = answered.text.matches(of: /<(\d+)>/).map { String($0.1) }
        #expect(bodies == (1...20).map(String.init))
        #expect(answered.isClosed)
    }

    @Test func headHasTheLengthAndNoBody() async throws {
        let answered = try await exchange(
            try server(), "HEAD / HTTP/1.1\r\n\(LimitTests.close)\r\n")
        #expect(answered.text.contains("content-length: 6\r\n"))
        #expect(answered.text.hasSuffix("\r\n\r\n"))
    }

    @Test func continueIsSaid() async throws {
        let answered = try await exchange(
            try server(),
            """
            POST / HTTP/1.1\r\n\(LimitTests.close)Content-Length: 3\r\nExpect: \
            100-continue\r\n\r\nabc
            """
        )
        #expect(answered.text.hasPrefix("HTTP/1.1 100 Continue\r\n\r\n"))
        #expect(answered.text.hasSuffix("POST 3"))
    }

    @Test(arguments: [
        "\r\n\r\n\r\n garbage\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /%zz HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", "BREW / HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ]) func brokenRequestsAreRefused(text: String) async throws {
        let answered = try await exchange(
            try server { $0.lingerTimeout = .milliseconds(20) }, text)
        #expect(answered.text.hasPrefix("HTTP/1.1 400 ") && answered.isClosed, "\(answered.text)")
    }

    /// Random bytes and broken requests never stop the server.
    @Test func bytesOfAnyKindLeaveItServing() async throws {
        let server = try server {
            $0.requestTimeout = .milliseconds(50)
            $0.idleTimeout = .milliseconds(50)
            $0.lingerTimeout = .milliseconds(5)
        }
        let port = try #require(server.port)
        try await serving(server) {
            let whole = Array(
                "POST /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc".utf8)
            var random = SystemRandomNumberGenerator()
            for round in 0..<100 {
                let client = try RawClient(port: port)
                var bytes = whole
                if round % 3 == 0 { bytes = (0..<200).map { _ in .random(in: 0...255) } }
                let place = Int.random(in: 0..<bytes.count, using: &random)
                bytes[place] = .random(in: 0...255)
                client.send(Array(bytes.prefix(.random(in: 1...bytes.count))))
            }
            let last = try RawClient(port: port)
            last.send("GET / HTTP/1.1\r\n\(LimitTests.close)\r\n")
            #expect(try await last.readToEnd().text.hasPrefix("HTTP/1.1 200 OK"))
        }
    }
}

@Suite(.serialized) struct StreamTests {
    @Test func chunksArriveAsTheyAreWritten() async throws {
        let (gates, gate) = AsyncStream<Void>.makeStream()
        let server = try server(respond: { _ in
            HTTPResponse(
                status: 200,
                body: .streaming { stream in
                    try await stream.write(Array("first\n".utf8))
                    for await _ in gates { break }
                    try await stream.write(Array("second\n".utf8))
                })
        })
        let port = try #require(server.port)
        try await serving(server) {
            let curl = try RunningCommand("curl", ["-sN", "http://127.0.0.1:\(port)/"])
            let seen = Shared("")
            _ = await seen.becomes { _ in curl.outputSoFar == "first\n" }
            #expect(curl.outputSoFar == "first\n")
            gate.yield()
            _ = await seen.becomes { _ in !curl.isRunning }
            #expect(curl.outputSoFar == "first\nsecond\n")
        }
    }

    @Test func aStreamIsCancelledWhenTheClientGoes() async throws {
        let state = Shared("")
        let (never, keep) = AsyncStream<Void>.makeStream()
        let server = try server(respond: { _ in
            HTTPResponse(
                status: 200,
                body: .streaming { stream in
                    try await stream.write([0x78])
                    state.update { $0 = "streams" }
                    for await _ in never {}
                    state.update { $0 = Task.isCancelled ? "cancelled" : "ended" }
                })
        })
        let port = try #require(server.port)
        try await serving(server) {
            try await {
                let client = try RawClient(port: port)
                client.send("GET / HTTP/1.1\r\n\r\n")
                #expect(await state.becomes { $0 == "streams" })
            }()
            #expect(await state.becomes { $0 == "cancelled" })
            keep.finish()
        }
    }

    @Test func aFailedStreamIsNoCleanEnd() async throws {
        struct Broken: Error {}
        let server = try server(respond: { _ in
            HTTPResponse(
                status: 200,
                body: .streaming { stream in
                    try await stream.write([0x78])
                    throw Broken()
                })
        })
        let answered = try await exchange(server, "GET / HTTP/1.1\r\n\r\n")
        #expect(answered.isClosed && !answered.text.hasSuffix("0\r\n\r\n"))
    }
}
