import HTTPServing
import Status

/// What the control socket answers: the status value as JSON, and an operator's commands.
package struct ControlRoutes: Sendable {
    private let loop: APILoop
    private let commands: NodeCommands

    package init(loop: APILoop, commands: NodeCommands) {
        self.loop = loop
        self.commands = commands
    }

    package func respond(to request: HTTPRequest) async -> HTTPResponse {
        let path = "/" + request.path.joined(separator: "/")
        switch (request.method, path) {
        case ("GET", ControlSocket.statusPath):
            return Self.answer(await loop.status()?.document)
        case ("GET", ControlSocket.servicesPath):
            return Self.answer(await loop.services()?.document)
        case ("GET", ControlSocket.historyPath):
            return Self.answer(await loop.history()?.document)
        case ("GET", ControlSocket.rebalancePath):
            return Self.answer(await loop.rebalancePlan()?.document)
        case ("POST", ControlSocket.rebalancePath):
            let plan = await loop.rebalancePlan()?.document
            commands.rebalance()
            return Self.answer(plan)
        case ("POST", ControlSocket.drainPath):
            return await drain(true, request)
        case ("POST", ControlSocket.undrainPath):
            return await drain(false, request)
        case ("GET", _), ("POST", _):
            return HTTPResponse(
                status: 404, text: "\(request.method) \(path) is not served here\n")
        default:
            return HTTPResponse(status: 405, text: "only GET and POST are answered here\n")
        }
    }

    /// The node's own addresses, or by way of the API those of the node that the query names.
    private func drain(_ drains: Bool, _ request: HTTPRequest) async -> HTTPResponse {
        let named = request.query.first { $0.name == "node" }?.value ?? commands.node
        do {
            guard named != commands.node else {
                return Self.answer(try commands.drain(drains).document)
            }
            try await loop.tell(named, drains: drains)
            return Self.answer(
                DrainAnswer(node: named, drained: drains, isOrdered: true).document)
        } catch {
            return HTTPResponse(
                status: 500, text: "\(named) is not told, nothing changed: \(error)\n")
        }
    }

    private static func answer(_ document: Document?) -> HTTPResponse {
        guard let document else {
            return HTTPResponse(status: 503, text: "the daemon is stopping\n")
        }
        return HTTPResponse(json: Array(document.json(.compact).utf8))
    }
}
