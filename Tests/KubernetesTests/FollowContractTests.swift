import Foundation
import JSON
import Synchronization
import Testing

@testable import Kubernetes

/// A consumer's view of ConfigMaps, kept only by what a feed says.
private final class View: Sendable {
    private let state = Mutex<(objects: [String: String], told: [String])>(([:], []))

    var objects: [String: String] { state.withLock { $0.objects } }
    /// Snapshots, interruptions and resumptions, in order.
    var told: [String] { state.withLock { $0.told } }

    func take(_ feed: Feed<ConfigMap>) {
        state.withLock { state in
            switch feed {
            case .snapshot(let items):
                state.told.append("snapshot")
                state.objects = [:]
                for item in items { state.objects[item.metadata.name] = item.data["v"] }
            case .changed(let item): state.objects[item.metadata.name] = item.data["v"]
            case .removed(let item): state.objects[item.metadata.name] = nil
            case .interrupted: state.told.append("interrupted")
            case .resumed: state.told.append("resumed")
            }
        }
    }
}

/// Following a kind on a real server: through changes, restarts and a forgotten history.
@Suite(.timeLimit(.minutes(2))) struct FollowContractTests {
    private static func write(
        _ name: String, _ value: String, _ client: KubernetesClient
    ) async throws {
        _ = try await client.create(
            ConfigMap(
                metadata: ObjectMeta(name: name, namespace: "default"), data: ["v": value]))
    }

    private static func rewrite(
        _ name: String, _ value: String, _ client: KubernetesClient
    ) async throws {
        _ = try await client.patch(
            ConfigMap.self, NamespacedName(namespace: "default", name: name), as: .merge,
            ["data": ["v": .string(value)]])
    }

    private static func delete(_ name: String, _ client: KubernetesClient) async throws {
        try await client.delete(
            ConfigMap.self, NamespacedName(namespace: "default", name: name))
    }

    /// Runs `body` while `view` follows through a client of its own.
    private static func following(
        _ access: ClusterAccess, _ body: @Sendable @escaping (View) async throws -> Void
    ) async throws {
        try await withClient(access) { client in
            let view = View()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await feed in client.follow(ConfigMap.self) { view.take(feed) }
                }
                group.addTask { try await body(view) }
                defer { group.cancelAll() }
                // The follower ends only by cancellation.
                try await group.next()
            }
        }
    }

    @Test func everyChangeArrives() async throws {
        try await EmbeddedServer.running { server, client in
            try await Self.write("a", "1", client)
            try await Self.following(server.access) { view in
                try await eventually("the list") { view.objects == ["a": "1"] }
                try await Self.write("b", "1", client)
                try await Self.rewrite("a", "2", client)
                try await eventually("both changes") { view.objects == ["a": "2", "b": "1"] }
                try await Self.delete("a", client)
                try await eventually("the deletion") { view.objects == ["b": "1"] }
                #expect(view.told == ["snapshot"])
            }
        }
    }

    /// The server is gone for a while; what happened after its return is not lost, nor is what was
    /// there before.
    @Test func aServerThatComesBackIsFollowedAgain() async throws {
        let folder = EmbeddedServer.makeFolder()
        defer { EmbeddedServer.remove(folder) }
        let port = EmbeddedServer.lastingPort
        let place = Mutex<ClusterAccess?>(nil)
        try await EmbeddedServer.running(in: folder, port: port) { server in
            place.withLock { $0 = server.access }
            try await withClient(server.access) { client in
                for name in ["a", "b"] { try await Self.write(name, "1", client) }
            }
        }
        let access = place.withLock { $0 }
        try await Self.following(try #require(access)) { view in
            try await eventually("an interruption") { view.told == ["interrupted"] }
            try await EmbeddedServer.running(in: folder, port: port) { server in
                try await eventually("the list") { view.objects == ["a": "1", "b": "1"] }
                try await eventually("resumed") { view.told.last == "resumed" }
            }
            try await eventually("a second one") { view.told.last == "interrupted" }
            #expect(view.objects.count == 2, "an outage takes nothing away")
            try await EmbeddedServer.running(in: folder, port: port) { server in
                try await withClient(server.access) { client in
                    try await Self.delete("a", client)
                    try await Self.write("c", "1", client)
                    try await eventually("what was missed") {
                        view.objects == ["b": "1", "c": "1"]
                    }
                    try await eventually("resumed") { view.told.last == "resumed" }
                }
            }
        }
    }

    /// While the follower cannot reach it, the server does more than it remembers: a new list, in
    /// which what was deleted is absent.
    @Test func aForgottenPlaceIsListedAnew() async throws {
        let folder = EmbeddedServer.makeFolder()
        defer { EmbeddedServer.remove(folder) }
        let port = EmbeddedServer.lastingPort
        let place = Mutex<ClusterAccess?>(nil)
        try await EmbeddedServer.running(in: folder, port: port) { server in
            place.withLock { $0 = server.access }
        }
        let access = place.withLock { $0 }
        try await Self.following(try #require(access)) { view in
            try await EmbeddedServer.running(in: folder, port: port) { server in
                try await withClient(server.access) { client in
                    try await Self.write("a", "1", client)
                    try await Self.write("b", "0", client)
                    try await eventually("both") { view.objects == ["a": "1", "b": "0"] }
                }
            }
            try await EmbeddedServer.running(in: folder, port: 0) { server in
                try await withClient(server.access) { client in
                    try await Self.delete("a", client)
                    try await Self.rewrite("b", count: 1_100, client)
                }
            }
            try await EmbeddedServer.running(in: folder, port: port) { _ in
                try await eventually("the new list") { view.objects == ["b": "done"] }
                try await eventually("resumed") { view.told.last == "resumed" }
                #expect(view.told.filter { $0 == "snapshot" }.count == 2, "\(view.told)")
                #expect(view.told.suffix(3) == ["interrupted", "snapshot", "resumed"])
            }
        }
    }

    /// So many changes of one object, then `done`.
    private static func rewrite(_ name: String, count: Int, _ client: KubernetesClient) async throws
    {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...count {
                if number > 16 { try await group.next() }
                group.addTask { try await rewrite(name, "\(number)", client) }
            }
            try await group.waitForAll()
        }
        try await rewrite(name, "done", client)
    }
}
