import HTTPServing
import Status

/// What the metrics address answers: `/metrics`, `/healthz`, `/readyz`.
package struct MetricsRoutes: Sendable {
    private let loop: APILoop
    private let health: Health

    package init(loop: APILoop, health: Health) {
        self.loop = loop
        self.health = health
    }

    package func respond(to request: HTTPRequest) async -> HTTPResponse {
        guard request.method == "GET" || request.method == "HEAD" else {
            return HTTPResponse(status: 405, text: "only GET is answered here\n")
        }
        switch request.path {
        case ["metrics"]: return await metrics()
        case ["healthz"]: return Self.verdict(await health.findings())
        case ["readyz"]: return Self.verdict(await readiness())
        default:
            return HTTPResponse(
                status: 404, text: "served here: /metrics, /healthz, /readyz\n")
        }
    }

    private func metrics() async -> HTTPResponse {
        guard let status = await loop.status() else {
            return HTTPResponse(status: 503, text: "the daemon is stopping\n")
        }
        return HTTPResponse(
            status: 200,
            headers: [HTTPField("content-type", DaemonStatus.openMetricsContentType)],
            body: .whole(Array(status.openMetrics.utf8)))
    }

    /// Ready: pools are loaded, and the API was seen.
    private func readiness() async -> [String] {
        guard let status = await loop.status() else { return ["the daemon is stopping"] }
        return status.api.staleSeconds == nil ? ["the API was not seen yet"] : []
    }

    private static func verdict(_ findings: [String]) -> HTTPResponse {
        findings.isEmpty
            ? HTTPResponse(text: "ok\n")
            : HTTPResponse(status: 503, text: findings.map { $0 + "\n" }.joined())
    }
}
