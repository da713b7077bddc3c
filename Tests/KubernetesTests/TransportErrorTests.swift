import AsyncHTTPClient
import NIOCore
import NIOSSL
import Testing

@testable import Kubernetes

@Suite struct TransportErrorTests {
    @Test(arguments: [
        HTTPClientError.deadlineExceeded, .readTimeout, .connectTimeout, .tlsHandshakeTimeout,
        .getConnectionFromPoolTimeout,
    ])
    func everyKindOfWaitingTooLongIsATimeout(error: HTTPClientError) {
        #expect(KubernetesError.Cause(transport: error) == .timedOut)
    }

    @Test func cancellationIsNotAFailureOfTheServer() {
        #expect(KubernetesError.Cause(transport: CancellationError()) == .cancelled)
        #expect(KubernetesError.Cause(transport: HTTPClientError.cancelled) == .cancelled)
    }

    @Test(
        arguments: [
            ("closed", HTTPClientError.remoteConnectionClosed, "the server closed the connection"),
            (
                "refused by the kernel", IOError(errnoCode: 111, reason: "connect"),
                "connect: Connection refused (errno: 111)"
            ),
            ("TLS", NIOSSLError.uncleanShutdown, "TLS failed: "),
            ("anything else", HTTPClientError.alreadyShutdown, "HTTPClientError.alreadyShutdown"),
        ] as [(String, any Error & Sendable, String)])
    func whatBrokeIsSaid(name: String, error: any Error & Sendable, text: String) {
        guard case .unreachable(let why) = KubernetesError.Cause(transport: error) else {
            Issue.record("\(name): \(KubernetesError.Cause(transport: error))")
            return
        }
        #expect(why.hasPrefix(text), "\(name): \(why)")
    }

    @Test func anAnswerThatIsTooLongIsUnreadable() {
        let cause = KubernetesError.Cause(answer: NIOTooManyBytesError(maxBytes: 1))
        #expect(cause == .unreadable("it is longer than 8388608 bytes"))
    }

    @Test func aBodyThatBreaksOffIsATransportFailure() {
        let cause = KubernetesError.Cause(answer: HTTPClientError.readTimeout)
        #expect(cause == .timedOut)
    }
}
