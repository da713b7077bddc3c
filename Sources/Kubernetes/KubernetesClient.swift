import AsyncHTTPClient
import JSON
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Timing

/// A connection to one API server; all requests of a daemon share it.
///
/// HTTP/1.1 with one connection for each request in flight, so a watch never delays a write. A
/// request fails rather than being repeated, save by `follow`: only the caller knows what a lost
/// answer means. End it with `shutdown()`.
package struct KubernetesClient: Sendable {
    package let access: ClusterAccess
    private let http: HTTPClient
    private let url: String
    private let userAgent: String
    /// Nil unless a program is asked for credentials.
    private let plugin: PluginCredentials?
    /// Nil unless the authority or the client certificate is in files.
    private let certificateFiles: CertificateFiles?
    private let counter = RequestCounter()
    private var answerTimeout = Self.answerTimeoutDefault

    /// How long a request may wait for its answer; a page of a list and a watch for its beginning,
    /// after which `silenceMax` counts.
    package static let answerTimeoutDefault: Duration = .seconds(10)
    /// How long a connection may take, TLS included.
    static let connectTimeout: TimeAmount = .seconds(5)
    /// How long an answer may pause between two bytes.
    ///
    /// A watch hears from its server at least every `Follower.watchLifetime`, so silence of this
    /// length means that the connection or the server is dead. (A consumer that takes nothing for
    /// as long looks the same from here, and only costs it a resumed watch.)
    static let silenceMax: TimeAmount = .seconds(30)
    /// Seven watches, an event, and all statuses that may be written at a time; the others wait.
    /// Each costs 80 kB for as long as it is open, twice that where the API is embedded.
    static let connectionsMax = 24
    /// Bytes of an answer that is read whole: one object.
    static let answerBytesMax = 8 << 20
    /// Bytes of a refusal that are read to find its reason.
    static let refusalBytesMax = 64 << 10

    /// Throws when a certificate or key is not PEM.
    ///
    /// - Parameter note: told once of each change of certificate files; must not wait.
    package init(
        _ access: ClusterAccess, userAgent: String,
        eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        note: @escaping @Sendable (CertificateNote) -> Void = { _ in }
    ) throws(KubeconfigError) {
        let files = CertificateFiles(access, note: note)
        try self.init(access, userAgent, eventLoopGroup, files)
    }

    init(
        _ access: ClusterAccess, _ userAgent: String, _ eventLoopGroup: any EventLoopGroup,
        _ certificateFiles: CertificateFiles? = nil, silenceMax: TimeAmount = Self.silenceMax
    ) throws(KubeconfigError) {
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: try access.tlsConfiguration(),
            redirectConfiguration: .disallow,
            timeout: .init(connect: Self.connectTimeout, read: silenceMax))
        configuration.httpVersion = .http1Only
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit =
            Self.connectionsMax
        // A refused connection is reported at once: `follow` has its own backoff.
        configuration.connectionPool.retryConnectionEstablishment = false
        let endpoint = try access.endpoint()
        configuration.dnsOverride = endpoint.resolution
        self.access = access
        self.certificateFiles = certificateFiles
        url = endpoint.url
        self.userAgent = userAgent
        if case .plugin(let plugin) = access.authorization {
            self.plugin = PluginCredentials(plugin, eventLoopGroup)
        } else {
            plugin = nil
        }
        http = HTTPClient(eventLoopGroup: eventLoopGroup, configuration: configuration)
    }

    /// The same connections, with another patience: a lease is worthless after some seconds.
    package func answering(within timeout: Duration) -> KubernetesClient {
        var client = self
        client.answerTimeout = timeout
        return client
    }

    /// How many requests of each kind were sent on these connections so far.
    package var requests: [RequestKind: Int64] { counter.counts }

    /// Closes all connections; requests in flight fail.
    package func shutdown() async {
        // The only failure is a second shutdown.
        try? await http.shutdown()
    }

    /// Sends, and returns the answer's head; its body is still to be read.
    ///
    /// Throws the server's refusal when the status is not a success.
    func open(_ request: APIRequest) async throws(KubernetesError) -> HTTPClientResponse {
        var message = HTTPClientRequest(url: url + request.target)
        message.method = request.method
        message.headers.add(name: "accept", value: "application/json")
        message.headers.add(name: "user-agent", value: userAgent)
        let given = try await authorize(&message, of: request)
        if let body = request.body {
            message.headers.add(name: "content-type", value: request.contentType)
            message.body = .bytes(body)
        }
        counter.add(request.kind)
        let response: HTTPClientResponse
        do {
            let timeout = TimeAmount.milliseconds(answerTimeout.milliseconds)
            response = try await http.execute(message, timeout: timeout)
        } catch {
            throw request.error(KubernetesError.Cause(transport: error))
        }
        guard (200..<300).contains(response.status.code) else {
            if let given, response.status == .unauthorized { plugin?.refused(given) }
            throw await refusal(request, response)
        }
        return response
    }

    /// Sends, and decodes the whole answer.
    func send<Answer: Decodable>(
        _ request: APIRequest, answer: Answer.Type = Answer.self
    ) async throws(KubernetesError) -> Answer {
        let response = try await open(request)
        do {
            let body = try await collect(response.body)
            return try JSONValue(parsing: ManagedFields.removed(from: body.readableBytesView))
                .decoded()
        } catch {
            throw request.error(KubernetesError.Cause(answer: error))
        }
    }

    /// The whole body, within the answer timeout, counted from its head.
    private func collect(_ body: HTTPClientResponse.Body) async throws -> ByteBuffer {
        return try await withThrowingTaskGroup(of: ByteBuffer?.self) { group in
            group.addTask { try await body.collect(upTo: Self.answerBytesMax) }
            group.addTask {
                try await Task.sleep(for: answerTimeout)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let whole = first else {
                throw HTTPClientError.deadlineExceeded
            }
            return whole
        }
    }

    private func refusal(
        _ request: APIRequest, _ response: HTTPClientResponse
    ) async -> KubernetesError {
        let body = try? await response.body.collect(upTo: Self.refusalBytesMax)
        let refusal = KubernetesError.Refusal(
            httpStatus: Int(response.status.code), body: body ?? ByteBuffer(),
            retryAfter: response.headers.first(name: "retry-after"))
        return request.error(.refused(refusal))
    }

    /// Adds what shows who asks; returns what a plugin gave for it.
    private func authorize(
        _ message: inout HTTPClientRequest, of request: APIRequest
    ) async throws(KubernetesError) -> ExecCredential? {
        do {
            let (access, configuration) = certificateFiles?.current() ?? (self.access, nil)
            message.tlsConfiguration = configuration
            guard let given = try await plugin?.current() else {
                if let header = try access.authorization.header() {
                    message.headers.add(name: "authorization", value: header)
                }
                return nil
            }
            if let token = given.token {
                message.headers.add(name: "authorization", value: "Bearer \(token)")
            }
            if let certificate = given.clientCertificate {
                message.tlsConfiguration = try access.tlsConfiguration(
                    clientCertificate: certificate)
            }
            return given
        } catch {
            throw request.error(.credentials("\(error)"))
        }
    }
}
