/// How the asked node stands with the Kubernetes API.
package struct APIStatus: Hashable, Sendable {
    package let connected: Bool
    /// URL of the API server; nil before one is known.
    package let server: String?
    /// Age of the view in seconds: 0 while connected, nil when there never was one.
    package let staleSeconds: Int64?
    /// Requests that the daemon has sent since it started, by verb and resource, in that order.
    package let requests: [RequestCount]

    /// One sort of request and how often it was sent.
    package struct RequestCount: Hashable, Sendable {
        /// Such as `watch`.
        package let verb: String
        /// Such as `services/status`.
        package let resource: String
        package let count: Int64

        package init(verb: String, resource: String, count: Int64) {
            self.verb = verb
            self.resource = resource
            self.count = count
        }

        fileprivate var name: String { "\(verb) \(resource)" }
    }

    package init(
        connected: Bool, server: String?, staleSeconds: Int64?, requests: [RequestCount] = []
    ) {
        self.requests = requests.sorted { $0.name < $1.name }
        self.connected = connected
        self.server = server
        self.staleSeconds = staleSeconds
    }

    /// All of them; nil where they are not counted.
    package var requestsTotal: Int64? {
        requests.isEmpty ? nil : requests.reduce(0) { $0 + $1.count }
    }

    package var document: Document {
        .fields([
            "connected": .flag(connected), "server": server.map(Document.text),
            "staleSeconds": staleSeconds.map(Document.number),
            "requests": requestsTotal.map(Document.number),
            "requestsByKind": requests.isEmpty
                ? nil
                : .object(
                    requests.map { Document.Field(name: $0.name, value: .number($0.count)) }),
        ])
    }
}

extension APIStatus: Decodable {
    private enum CodingKeys: CodingKey {
        case connected, server, staleSeconds, requestsByKind
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let counts = try container.decodeIfPresent([String: Int64].self, forKey: .requestsByKind)
        self.init(
            connected: try container.decode(Bool.self, forKey: .connected),
            server: try container.decodeIfPresent(String.self, forKey: .server),
            staleSeconds: try container.decodeIfPresent(Int64.self, forKey: .staleSeconds),
            requests: (counts ?? [:]).map { name, count in
                let words = name.split(separator: " ", maxSplits: 1).map(String.init)
                return RequestCount(
                    verb: words.first ?? "", resource: words.count > 1 ? words[1] : "",
                    count: count)
            })
    }
}
