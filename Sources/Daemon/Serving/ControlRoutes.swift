import HTTPServing
import Status

/// What the control socket answers: the status value as JSON, for `heraldctl`.
package struct ControlRoutes: Sendable {
    private let loop: APILoop

    package init(loop: APILoop) {
        self.loop = loop
    }

    package func respond(to request: HTTPRequest) async -> HTTPResponse {
        guard request.method == "GET" else {
            return HTTPResponse(status: 405, text: "only GET is answered here\n")
        }
        let path = "/" + request.path.joined(separator: "/")
        switch path {
        case ControlSocket.statusPath:
            return Self.answer(await loop.status()?.document)
        case ControlSocket.servicesPath:
            return Self.answer(await loop.services()?.document)
        default:
            return HTTPResponse(status: 404, text: "nothing is served at \(path)\n")
        }
    }

    private static func answer(_ document: Document?) -> HTTPResponse {
        guard let document else {
            return HTTPResponse(status: 503, text: "the daemon is stopping\n")
        }
        return HTTPResponse(json: Array(document.json(.compact).utf8))
    }
}
