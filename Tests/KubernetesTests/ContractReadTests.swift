import JSON
import Testing

@testable import Kubernetes

/// What an API server makes of lists and watches.
@Suite(.timeLimit(.minutes(4))) struct ContractReadTests {
    /// Creates so many ConfigMaps, sixteen at once.
    private static func fill(_ contract: Contract, count: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count {
                if number >= 16 { try await group.next() }
                group.addTask {
                    _ = try await contract.client.create(contract.configMap("c\(number)"))
                }
            }
            try await group.waitForAll()
        }
    }

    @Test(arguments: ContractServer.present)
    func aLongListComesInPagesOfOneVersion(server: ContractServer) async throws {
        try await server.running { contract in
            let count = Pages<ConfigMap>.limit + 1
            try await Self.fill(contract, count: count)
            var pages: [Page<ConfigMap>] = []
            for try await page in contract.client.pages(ConfigMap.self, in: contract.namespace) {
                pages.append(page)
                // What comes between two pages is in none of them.
                if pages.count == 1 { try await contract.write("late", to: "c7") }
            }
            #expect(pages.map(\.items.count) == [Pages<ConfigMap>.limit, 1])
            #expect(Set(pages.map(\.resourceVersion)).count == 1)
            #expect(Set(pages.flatMap(\.items).map(\.metadata.name)).count == count)
            let names = pages.flatMap(\.items).map(\.metadata.name)
            #expect(names == names.sorted(), "in the order of names")
        }
    }

    @Test(
        arguments: ContractServer.present,
        [
            (ListSelector.name("b"), ["b"]), (ListSelector(labels: "tier=web"), ["a", "b"]),
            (ListSelector(labels: "tier!=web"), ["c", "d"]),
            (ListSelector(labels: "tier in (web,db),!old"), ["a", "c"]),
            (ListSelector(labels: "old"), ["b"]),
            (ListSelector(labels: "tier=web", fields: "metadata.name!=a"), ["b"]),
        ])
    func selectorsChoose(
        server: ContractServer, row: (selector: ListSelector, names: [String])
    ) async throws {
        try await server.running { contract in
            let labels = [
                "a": ["tier": "web"], "b": ["tier": "web", "old": "yes"], "c": ["tier": "db"],
                "d": [:],
            ]
            for (name, labels) in labels.sorted(by: { $0.key < $1.key }) {
                _ = try await contract.client.create(contract.configMap(name, labels: labels))
            }
            let found = try await contract.client.list(
                ConfigMap.self, in: contract.namespace, row.selector)
            #expect(found.items.map(\.metadata.name) == row.names)
        }
    }

    @Test(arguments: ContractServer.present, ["spec.x=1", "metadata.name"])
    func aSelectorThatIsNoneIsRefused(server: ContractServer, fields: String) async throws {
        try await server.running { contract in
            let refusal = try await contract.refusal {
                try await contract.client.list(
                    ConfigMap.self, in: contract.namespace, ListSelector(fields: fields))
            }
            #expect(refusal.refusal?.httpStatus == 400, "\(refusal)")
        }
    }

    /// A short text for an event, so that a watch reads as a story.
    private static func tell(_ event: WatchEvent<ConfigMap>) -> String {
        switch event {
        case .changed(let map): "\(map.metadata.name)=\(map.data["v"] ?? "")"
        case .removed(let map): "-\(map.metadata.name)=\(map.data["v"] ?? "")"
        case .bookmark: "bookmark"
        case .failed(let status): "\(status.code ?? 0) \(status.reason ?? "")"
        }
    }

    /// Reads a watch to its end.
    private static func story(
        _ contract: Contract, from version: String, _ selector: ListSelector = .all,
        lifetime: Duration = .seconds(2)
    ) async throws -> [WatchEvent<ConfigMap>] {
        var watch: WatchStream<ConfigMap> = try await contract.client.watch(
            ConfigMap.self, in: contract.namespace, selector, from: version, lifetime: lifetime)
        var events: [WatchEvent<ConfigMap>] = []
        while let event = try await watch.next() { events.append(event) }
        return events
    }

    @Test(arguments: ContractServer.present)
    func aWatchTellsEachChangeInItsOrder(server: ContractServer) async throws {
        try await server.running { contract in
            let client = contract.client
            let start = try await client.list(ConfigMap.self, in: contract.namespace)
            for name in ["a", "b"] { _ = try await client.create(contract.configMap(name)) }
            for value in 2...4 { try await contract.write("\(value)", to: "a") }
            try await client.delete(ConfigMap.self, contract.name("b"))
            _ = try await client.create(contract.configMap("b", "9"))
            let events = try await Self.story(contract, from: start.resourceVersion)
            let told = events.map(Self.tell).filter { $0 != "bookmark" }
            #expect(told == ["a=1", "b=1", "a=2", "a=3", "a=4", "-b=1", "b=9"])
            let versions = events.compactMap { event in
                switch event {
                case .changed(let map), .removed(let map): Int(map.metadata.resourceVersion)
                case .bookmark(let version): Int(version)
                case .failed: nil
                }
            }
            #expect(versions.count == events.count && versions == versions.sorted())
            // From the place of any event the rest follows, and nothing twice.
            let rest = try await Self.story(contract, from: "\(versions[3])")
            #expect(rest.map(Self.tell).filter { $0 != "bookmark" } == Array(told[4...]))
        }
    }

    /// An object that stops matching is gone for that watch, and the other way round.
    @Test(arguments: ContractServer.present)
    func aSelectedWatchSeesComingAndGoing(server: ContractServer) async throws {
        try await server.running { contract in
            let (client, name) = (contract.client, contract.name("a"))
            let start = try await client.list(ConfigMap.self, in: contract.namespace)
            _ = try await client.create(contract.configMap("a"))
            for (label, value) in [("x", "2"), ("y", "3"), ("x", "4")] {
                _ = try await client.patch(
                    ConfigMap.self, name, as: .merge,
                    ["metadata": ["labels": ["l": .string(label)]], "data": ["v": .string(value)]])
            }
            let events = try await Self.story(
                contract, from: start.resourceVersion, ListSelector(labels: "l=x"))
            let told = events.map(Self.tell).filter { $0 != "bookmark" }
            #expect(told == ["a=2", "-a=2", "a=4"])
        }
    }

    /// What the detection of dead connections rests on: a quiet watch ends when it was asked to,
    /// and its last word is how far it came, when others of the kind went on meanwhile.
    @Test(arguments: ContractServer.present)
    func aWatchEndsInTimeWithABookmark(server: ContractServer) async throws {
        try await server.running { contract in
            let list = try await contract.client.list(ConfigMap.self, in: contract.namespace)
            let start = ContinuousClock.now
            var watch: WatchStream<ConfigMap> = try await contract.client.watch(
                ConfigMap.self, in: contract.namespace, .all, from: list.resourceVersion,
                lifetime: .seconds(4))
            let elsewhere = ObjectMeta(name: contract.namespace, namespace: "default")
            let other = try await contract.client.create(ConfigMap(metadata: elsewhere, data: [:]))
            var events: [WatchEvent<ConfigMap>] = []
            while let event = try await watch.next() { events.append(event) }
            guard case .bookmark(let version)? = events.last else {
                Issue.record("no bookmark at the end: \(events.map(Self.tell))")
                return
            }
            #expect(Int(version) ?? 0 >= Int(other.metadata.resourceVersion) ?? .max)
            #expect(ContinuousClock.now - start >= .milliseconds(3_900))
        }
    }

    /// Where the history does not reach back to, 410 says so: in the stream or in its place.
    @Test(arguments: ContractServer.present)
    func aForgottenPlaceIsGone(server: ContractServer) async throws {
        try await server.running { contract in
            // More than the embedded API remembers; a real one has forgotten its first anyway.
            if server == .embedded { try await Self.fill(contract, count: 1_100) }
            let told: [String]
            do {
                told = try await Self.story(contract, from: "1").map(Self.tell)
            } catch let error as KubernetesError {
                #expect(error.isExpired, "\(error)")
                return
            }
            #expect(told == ["410 Expired"])
        }
    }

    /// Before a restored backup the server was further than it is now.
    @Test(arguments: ContractServer.present)
    func aPlaceToComeIsNotServed(server: ContractServer) async throws {
        try await server.running { contract in
            let refusal = try await contract.refusal {
                let request = APIRequest(
                    verb: .list, path: APIRequest.path(ConfigMap.self),
                    query: [("resourceVersion", "99999999999")])
                return try await contract.client.page(of: ConfigMap.self, request)
            }
            #expect(refusal.isFromFuture, "\(refusal)")
        }
    }
}
