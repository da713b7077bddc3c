/// How the asked node stands with the Kubernetes API.
package struct APIStatus: Hashable, Sendable, Decodable {
    package let connected: Bool
    /// URL of the API server; nil before one is known.
    package let server: String?
    /// Age of the view in seconds: 0 while connected, nil when there never was one.
    package let staleSeconds: Int64?

    package init(connected: Bool, server: String?, staleSeconds: Int64?) {
        self.connected = connected
        self.server = server
        self.staleSeconds = staleSeconds
    }

    package var document: Document {
        .fields([
            "connected": .flag(connected), "server": server.map(Document.text),
            "staleSeconds": staleSeconds.map(Document.number),
        ])
    }
}
