/// The Kubernetes API as far as ownership sees it: a history of facts, delivered to each node late,
/// in order, or not at all until the node lists again.
package struct APIServer: Sendable {
    /// What is true about one object after a change.
    package enum Fact: Hashable, Sendable {
        /// The address exists and these nodes may hold it, by index ascending; nil: every node.
        case address(Int, allowed: [Int]?)
        case addressRemoved(Int)
        case nodeObject(Int, exists: Bool)
    }

    /// The address exists: who may hold it.
    package struct Address: Hashable, Sendable {
        package var allowed: [Int]?

        package func allows(_ node: Int) -> Bool { allowed?.contains(node) ?? true }
    }

    /// By number; nil: the address does not exist.
    package private(set) var addresses: [Address?]
    package private(set) var nodeObjects: [Bool]
    package private(set) var history: [Fact] = []

    package init(addresses: Int, nodes: Int) {
        self.addresses = Array(repeating: Address(allowed: nil), count: addresses)
        nodeObjects = Array(repeating: true, count: nodes)
    }

    package var revision: Int { history.count }

    package mutating func apply(_ fact: Fact) {
        switch fact {
        case .address(let number, let allowed): addresses[number] = Address(allowed: allowed)
        case .addressRemoved(let number): addresses[number] = nil
        case .nodeObject(let node, let exists): nodeObjects[node] = exists
        }
        history.append(fact)
    }
}

/// One node's connection to the API: what it has been told, and whether it is told more.
package struct Subscription: Sendable {
    /// Nil before the first list.
    package private(set) var revision: Int?
    package private(set) var addresses: [APIServer.Address?] = []
    package private(set) var nodeObjects: [Bool] = []
    /// Grows with each connection: what belongs to an older one is void.
    package var session = 0
    /// How many faults keep it from the API.
    package var outages = 0
    /// How many faults lose its watch events.
    package var losses = 0
    /// Longest delay that a fault adds to its watch events, in nanoseconds.
    package var lag: Int64 = 0
    /// When the newest event that is under way arrives: events keep their order.
    package var lastArrival = Moment.zero
    package var isStale = false

    package init() {}

    package var isWatching: Bool { revision != nil && outages == 0 && losses == 0 }

    /// A complete list.
    package mutating func list(_ server: APIServer) {
        revision = server.revision
        addresses = server.addresses
        nodeObjects = server.nodeObjects
        isStale = false
    }

    /// The facts up to `target` that it was not told yet, in order.
    package mutating func advance(to target: Int, in server: APIServer) -> [APIServer.Fact] {
        guard let known = revision, target > known else { return [] }
        revision = target
        let news = Array(server.history[known..<target])
        for fact in news {
            switch fact {
            case .address(let number, let allowed):
                addresses[number] = APIServer.Address(allowed: allowed)
            case .addressRemoved(let number): addresses[number] = nil
            case .nodeObject(let node, let exists): nodeObjects[node] = exists
            }
        }
        return news
    }

    /// The process ended: what remains is the last known state on disk.
    package mutating func disconnect() {
        session += 1
        lastArrival = .zero
    }
}
