import Foundation
import JSON
import Laboratory
import Testing

@testable import EmbeddedAPI

/// A folder that is gone when the test is over.
func withFolder<Outcome>(_ body: (String) async throws -> Outcome) async throws -> Outcome {
    let folder = NSTemporaryDirectory() + "herald-store-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}

@Suite struct StoreTests {
    static func key(_ name: String) -> ObjectKey { ObjectKey(namespace: "default", name: name) }

    static func put(
        _ store: ObjectStore, _ name: String, _ value: JSONValue = 1, resource: String = "things"
    ) async throws {
        try await store.write { transaction in
            _ = transaction.put(
                resource, key(name), ["metadata": ["name": .string(name)], "value": value])
        }
    }

    @Test func acknowledgedWritesSurviveReopening() async throws {
        try await withFolder { folder in
            let path = folder + "/api.sqlite"
            var before: [JSONValue] = []
            try await {
                let store = try ObjectStore(path: path)
                for index in 0..<50 { try await Self.put(store, "a\(index)", JSONValue(index)) }
                try await Self.put(store, "a7", "again")
                try await store.write { $0.delete("things", Self.key("a8")) }
                before = try await store.objects.list("things").map(\.value)
                #expect(await store.version == 52)
            }()
            let store = try ObjectStore(path: path)
            #expect(await store.version == 52)
            #expect(try await store.objects.list("things").map(\.value) == before)
            let changes = try await store.objects.changes(after: 50)
            #expect(changes.map(\.isDeletion) == [false, true])
            #expect(changes.first?.previous?["value"] == 7)
            try await Self.put(store, "next")
            #expect(await store.version == 53)
        }
    }

    @Test func nothingOfAFailedWriteRemains() async throws {
        struct Stop: Error {}
        try await withFolder { folder in
            let store = try ObjectStore(path: folder + "/api.sqlite")
            try await Self.put(store, "kept")
            await #expect(throws: Stop.self) {
                try await store.write { transaction in
                    _ = transaction.put("things", Self.key("lost"), ["metadata": [:]])
                    throw Stop()
                }
            }
            try await store.write(dryRun: true) {
                _ = $0.put("things", Self.key("dry"), ["metadata": [:]])
            }
            #expect(try await store.objects.list("things").map(\.key.name) == ["kept"])
            #expect(await store.version == 1)
        }
    }

    @Test func pastVersionsAreSeenAsTheyWere() async throws {
        try await withFolder { folder in
            let store = try ObjectStore(path: folder + "/api.sqlite")
            try await Self.put(store, "a", 1)
            try await Self.put(store, "b", 1)
            try await Self.put(store, "a", 2)
            try await store.write { $0.delete("things", Self.key("b")) }
            try await Self.put(store, "other", 1, resource: "others")
            var seen: [[String]] = []
            for version in Int64(1)...5 {
                let objects = try await store.objects.list("things", at: version)
                seen.append(objects.map { "\($0.key.name)\($0.value["value"]?.integer ?? 0)" })
            }
            #expect(seen == [["a1"], ["a1", "b1"], ["a2", "b1"], ["a2"], ["a2"]])
        }
    }

    @Test func historyIsBounded() async throws {
        try await withFolder { folder in
            let path = folder + "/api.sqlite"
            let surplus: Int64 = 10
            try await {
                let store = try ObjectStore(path: path)
                try await store.write { transaction in
                    for index in 0..<Objects.historyLengthMax {
                        _ = transaction.put(
                            "things", Self.key("a"), ["metadata": [:], "n": JSONValue(index)])
                    }
                }
                for _ in 0..<surplus { try await Self.put(store, "b") }
            }()
            let store = try ObjectStore(path: path)
            let newest = await store.version
            #expect(newest == Int64(Objects.historyLengthMax) + surplus)
            _ = try await store.objects.changes(after: surplus)
            for wrong in [0, surplus - 1, newest + 1] {
                await #expect(throws: APIError.self) {
                    _ = try await store.objects.changes(after: wrong)
                }
            }
        }
    }

    /// On disk is one row for each object that is there, and one for each recent change.
    @Test func whatIsForgottenLeavesTheFile() async throws {
        try await withFolder { folder in
            let path = folder + "/api.sqlite"
            let lasting = ["a", "b", "c"]
            var before: [JSONValue] = []
            try await {
                let store = try ObjectStore(path: path)
                for name in lasting + ["gone"] { try await Self.put(store, name) }
                try await Self.put(store, "b", 2)
                try await store.write { $0.delete("things", Self.key("gone")) }
                for index in 0...Objects.historyLengthMax {
                    try await Self.put(store, "busy", JSONValue(index))
                }
                before = try await store.objects.list("things").map(\.value)
            }()
            try {
                var rows: [String] = []
                let database = try Database(path: path)
                try database.run("SELECT name FROM changes") { rows.append($0(0) ?? "") }
                #expect(rows.filter { $0 != "busy" } == ["a", "c", "b"])
                #expect(rows.count == Objects.historyLengthMax + lasting.count + 1)
            }()
            let store = try ObjectStore(path: path)
            #expect(try await store.objects.list("things").map(\.value) == before)
            let oldest = await store.version - Int64(Objects.historyLengthMax)
            let changes = try await store.objects.changes(after: oldest)
            #expect(changes.count == Objects.historyLengthMax)
            #expect(changes.first?.previous?["value"] == 0)
        }
    }

    /// A statement that damages a file with the writes "a", "b", "b" again, and what is said.
    static let damages = [
        ("UPDATE changes SET object = '{' WHERE version = 2", "things default/b is damaged"),
        ("UPDATE changes SET object = NULL WHERE version = 1", "things default/a is damaged"),
        ("DELETE FROM changes WHERE version = 2", "the history is damaged"),
    ]

    @Test(arguments: damages) func damagedLogsAreRefused(statement: String, says: String)
        async throws
    {
        try await withFolder { folder in
            let path = folder + "/api.sqlite"
            try await {
                let store = try ObjectStore(path: path)
                for name in ["a", "b", "b"] { try await Self.put(store, name) }
            }()
            try { try Database(path: path).run(statement) }()
            let error = #expect(throws: DatabaseError.self) { try ObjectStore(path: path) }
            #expect(error?.description == "cannot read \(path): \(says)")
        }
    }

    @Test func aWatchIsWokenByItsOwnResourceOnly() async throws {
        try await withFolder { folder in
            let store = try ObjectStore(path: folder + "/api.sqlite")
            try await store.watch("things") { wakes, wake in
                try await Self.put(store, "x", resource: "others")
                try await Self.put(store, "y")
                var wakes = wakes.makeAsyncIterator()
                #expect(await wakes.next() != nil)
                wake.finish()
                #expect(await wakes.next() == nil)
            }
            #expect(await store.watchCount == 0)
        }
    }

    @Test func aSecondProcessIsRefused() async throws {
        try await withFolder { folder in
            let path = folder + "/api.sqlite"
            let store = try ObjectStore(path: path)
            let error = #expect(throws: DatabaseError.self) { try ObjectStore(path: path) }
            #expect(error?.description.contains("another process has it open") == true)
            #expect(await store.version == 0)
        }
    }

    /// Who waits for `run` may start another server on the same folder at once.
    @Test func aServerThatEndedHasGivenItsDatabaseFree() async throws {
        try await withFolder { folder in
            for round in 0..<10 {
                let ended = try await Cluster.running(in: folder) { cluster in
                    let maps = "/api/v1/namespaces/default/configmaps"
                    let watch = try RunningCommand(
                        "curl",
                        [
                            "-sSNk", "-H", "Authorization: Bearer \(try cluster.token)",
                            "https://127.0.0.1:\(cluster.server.port)\(maps)?watch=1",
                        ])
                    defer { watch.signal(SIGKILL) }
                    let store = cluster.server.store
                    #expect(try await eventually { await store.watchCount == 1 })
                    let name = #"{"metadata":{"name":"m\#(round)"}}"#
                    #expect(try await cluster.request("POST", maps, body: name).code == 201)
                    return cluster
                }
                let reopened = try ObjectStore(path: folder + "/api.sqlite")
                #expect(try await reopened.objects.list("configmaps").count == round + 1)
                // Not because nobody knows it any more.
                withExtendedLifetime(ended) {}
            }
        }
    }

    @Test func damagedAndForeignFilesAreRefusedWithTheirName() async throws {
        try await withFolder { folder in
            let path = folder + "/api.sqlite"
            try Data("this is not a database, and long enough to look like one".utf8)
                .write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: DatabaseError.self) { try ObjectStore(path: path) }
            #expect(error?.description.contains(path) == true)
            let newer = folder + "/newer.sqlite"
            try {
                try Database(path: newer).run("PRAGMA user_version = 99")
            }()
            let refused = #expect(throws: DatabaseError.self) { try ObjectStore(path: newer) }
            #expect(refused?.description.contains("layout 99, wanted 2") == true)
            let nowhere = #expect(throws: DatabaseError.self) {
                try ObjectStore(path: folder + "/none/api.sqlite")
            }
            #expect(nowhere?.description.contains("cannot open \(folder)/none/api.sqlite") == true)
        }
    }

    @Test func theFileIsPrivate() async throws {
        try await withFolder { folder in
            let path = folder + "/api.sqlite"
            let store = try ObjectStore(path: path)
            try await Self.put(store, "a")
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
            #expect(mode as? Int == 0o600)
        }
    }
}
