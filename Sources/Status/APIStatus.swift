/// How the asked node stands with the Kubernetes API.
package struct APIStatus: Hashable, Sendable, Decodable {
    package let connected: Bool
    /// URL of the API server; nil before one is known.
    package let server: String?
    /// Age of the view in seconds: 0 while connected, nil when there never was one.
    package let staleSeconds: Int64?
    /// Requests that the daemon has sent since it started; nil where that is not counted.
    package let requests: Int64?

    package init(
        connected: Bool, server: String?, staleSeconds: Int64?, requests: Int64? = nil
    ) {
        self.requests = requests
        self.connected = connected
        self.server = server
        self.staleSeconds = staleSeconds
    }

    package var document: Document {
        .fields([
            "connected": .flag(connected), "server": server.map(Document.text),
            "staleSeconds": staleSeconds.map(Document.number),
            "requests": requests.map(Document.number),
        ])
    }
}
