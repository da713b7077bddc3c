import Foundation
import JSON
import Laboratory
import Testing

@testable import EmbeddedAPI

private let maps = "/api/v1/namespaces/default/configmaps"
private let tableAccept = ["Accept: application/json;as=Table;v=v1;g=meta.k8s.io,application/json"]

extension Cluster {
    /// Creates a ConfigMap and gives its version.
    @discardableResult
    fileprivate func put(_ name: String, labels: String = "{}") async throws -> Int64 {
        let (code, body) = try await request(
            "POST", maps, body: #"{"metadata":{"name":"\#(name)","labels":\#(labels)}}"#)
        #expect(code == 201, "\(body)")
        return Int64(try json(body)["metadata", "resourceVersion"]?.string ?? "") ?? 0
    }

    /// The lines of a watch that ends by itself after a second.
    fileprivate func watch(
        _ query: String, headers: [String] = [], seconds: Int = 1
    ) async throws -> [JSONValue] {
        let path = maps + "?watch=1&timeoutSeconds=\(seconds)" + query
        let (_, body) = try await request("GET", path, headers: headers)
        return try body.split(separator: "\n").map { try json(String($0)) }
    }
}

/// `ADDED a`, `BOOKMARK`: one watch event in short.
private func short(_ event: JSONValue) -> String {
    let name = event["object", "metadata", "name"]?.string
    return ([event["type"]?.string, name] as [String?]).compactMap(\.self).joined(separator: " ")
}

@Suite(.serialized) struct ListTests {
    @Test func pagesShowOneVersion() async throws {
        try await Cluster.running { cluster in
            for index in 10..<35 { try await cluster.put("m\(index)") }
            let first = try json(try await cluster.request("GET", maps + "?limit=10").body)
            #expect(first["items"]?.array?.count == 10)
            #expect(first["metadata", "remainingItemCount"] == 15)
            // What happens between two pages is not seen by the later ones.
            _ = try await cluster.request("DELETE", maps + "/m30")
            try await cluster.put("m99")
            var names = first["items"]?.array?.compactMap { $0["metadata", "name"]?.string } ?? []
            var token = first["metadata", "continue"]?.string
            while let next = token {
                let page = try json(
                    try await cluster.request("GET", maps + "?limit=10&continue=\(next)").body)
                names += page["items"]?.array?.compactMap { $0["metadata", "name"]?.string } ?? []
                #expect(page["metadata", "resourceVersion"] == first["metadata", "resourceVersion"])
                token = page["metadata", "continue"]?.string
            }
            #expect(names == (10..<35).map { "m\($0)" })
        }
    }

    @Test func aContinuationTooOldIsGone() async throws {
        try await Cluster.running { cluster in
            let token = ContinueToken(version: 0, last: ObjectKey(namespace: "", name: "")).text
            for index in 0..<3 { try await cluster.put("m\(index)") }
            let still = try await cluster.request("GET", maps + "?continue=\(token)")
            #expect(still.code == 200)
        }
        try await withFolder { folder in
            let store = try ObjectStore(path: folder + "/api.sqlite")
            try await store.write { transaction in
                for _ in 0...Objects.historyLengthMax {
                    _ = transaction.put("configmaps", StoreTests.key("a"), ["metadata": [:]])
                }
            }
            let error = await #expect(throws: APIError.self) {
                _ = try await store.objects.list("configmaps", at: 0)
            }
            #expect(error?.code == 410 && error?.reason == "Expired")
        }
    }

    @Test func selectorsAndNamespacesNarrow() async throws {
        try await Cluster.running { cluster in
            try await cluster.put("a", labels: #"{"x":"1"}"#)
            try await cluster.put("b", labels: #"{"x":"2"}"#)
            for (query, names) in [
                ("?labelSelector=x%3D1", ["a"]), ("?labelSelector=x%20in%20(1,2)", ["a", "b"]),
                ("?labelSelector=!x", []), ("?fieldSelector=metadata.name%3Db", ["b"]),
                ("?resourceVersion=0", ["a", "b"]),
            ] {
                let list = try json(try await cluster.request("GET", maps + query).body)
                let found = list["items"]?.array?.compactMap { $0["metadata", "name"]?.string }
                #expect(found == names, "\(query)")
                #expect(list["kind"] == "ConfigMapList")
            }
            let other = try await cluster.request("GET", "/api/v1/namespaces/none/configmaps")
            #expect(try json(other.body)["items"] == [])
        }
    }

    @Test func tablesAreGivenWhenAsked() async throws {
        try await Cluster.running { cluster in
            try await cluster.put("a")
            for (query, kind) in [
                ("", "PartialObjectMetadata"), ("?includeObject=Object", "ConfigMap"),
                ("?includeObject=None", nil),
            ] {
                let table = try json(
                    try await cluster.request("GET", maps + query, headers: tableAccept).body)
                #expect(table["kind"] == "Table")
                let row = table["rows"]?.array?.first
                #expect(row?["cells"]?.array?.first == "a")
                #expect(row?["object", "kind"]?.string == kind)
            }
            let one = try json(
                try await cluster.request("GET", maps + "/a", headers: tableAccept).body)
            #expect(one["rows"]?.array?.count == 1)
        }
    }
}

@Suite(.serialized) struct WatchTests {
    @Test func aWatchGoesOnFromItsVersion() async throws {
        try await Cluster.running { cluster in
            let version = try await cluster.put("a")
            try await cluster.put("b")
            _ = try await cluster.request("DELETE", maps + "/a")
            let events = try await cluster.watch(
                "&resourceVersion=\(version)&allowWatchBookmarks=true")
            #expect(events.map(short) == ["ADDED b", "DELETED a", "BOOKMARK"])
            let versions = events.compactMap { $0["object", "metadata", "resourceVersion"]?.string }
            #expect(versions == ["\(version + 1)", "\(version + 2)", "\(version + 2)"])
        }
    }

    @Test func withoutAVersionTheStateComesFirst() async throws {
        try await Cluster.running { cluster in
            try await cluster.put("a")
            for query in ["", "&resourceVersion=0"] {
                #expect(try await cluster.watch(query).map(short) == ["ADDED a"])
            }
        }
    }

    @Test func aVersionTooOldOrUnknownIsGone() async throws {
        try await Cluster.running { cluster in
            let events = try await cluster.watch("&resourceVersion=999")
            #expect(events.map { $0["type"] } == ["ERROR"])
            #expect(events.first?["object", "code"] == 410)
            #expect(events.first?["object", "reason"] == "Expired")
        }
    }

    @Test func anObjectThatStopsMatchingIsDeleted() async throws {
        try await Cluster.running { cluster in
            let version = try await cluster.put("a", labels: #"{"x":"1"}"#)
            for value in ["2", "1"] {
                _ = try await cluster.request(
                    "PATCH", maps + "/a", body: #"{"metadata":{"labels":{"x":"\#(value)"}}}"#,
                    headers: ["Content-Type: application/merge-patch+json"])
            }
            let events = try await cluster.watch("&resourceVersion=\(version)&labelSelector=x%3D1")
            #expect(events.map(short) == ["DELETED a", "ADDED a"])
        }
    }

    @Test func tablesCarryTheirColumnsOnce() async throws {
        try await Cluster.running { cluster in
            try await cluster.put("a")
            try await cluster.put("b")
            let events = try await cluster.watch("", headers: tableAccept)
            let columns = events.compactMap { $0["object", "columnDefinitions"]?.array?.count }
            #expect(columns == [3, 0])
            #expect(events.allSatisfy { $0["object", "kind"] == "Table" })
        }
    }

    @Test func aWatchSurvivesARestart() async throws {
        try await withFolder { folder in
            let version = try await Cluster.running(in: folder) { try await $0.put("a") }
            let later = try await Cluster.running(in: folder) { cluster in
                try await cluster.put("b")
                let kept = try await cluster.request("GET", maps + "/a")
                #expect(kept.code == 200)
                return try await cluster.watch("&resourceVersion=\(version)").map(short)
            }
            #expect(later == ["ADDED b"])
        }
    }

    /// A client that never reads falls behind and is told so; the writes do not wait for it.
    @Test func aWatchThatDoesNotReadHoldsNobody() async throws {
        try await Cluster.running { cluster in
            let token = try cluster.token
            let stuck = try RunningCommand(
                "curl",
                [
                    "-sSN", "--limit-rate", "1", "--cacert", cluster.folder + "/api-ca.crt", "-H",
                    "Authorization: Bearer \(token)",
                    "https://127.0.0.1:\(cluster.server.port)\(maps)?watch=1",
                ])
            defer { stuck.signal(SIGKILL) }
            let filling = String(repeating: "x", count: 20_000)
            for index in 0..<100 {
                let (code, _) = try await cluster.request(
                    "POST", maps,
                    body: #"{"metadata":{"name":"m\#(index)"},"data":{"k":"\#(filling)"}}"#)
                #expect(code == 201)
            }
            #expect(stuck.isRunning)
        }
    }

    /// Its last bookmark cannot be written any more.
    @Test func aWatchWhoseClientIsGoneLeavesNothingBehind() async throws {
        try await Cluster.running { cluster in
            let token = try cluster.token
            let client = try RunningCommand(
                "curl",
                [
                    "-sSN", "--cacert", cluster.folder + "/api-ca.crt", "-H",
                    "Authorization: Bearer \(token)",
                    "https://127.0.0.1:\(cluster.server.port)\(maps)?watch=1"
                        + "&allowWatchBookmarks=true",
                ])
            defer { client.signal(SIGKILL) }
            let store = cluster.server.store
            #expect(try await eventually { await store.watchCount == 1 })
            client.signal(SIGKILL)
            #expect(try await eventually { await store.watchCount == 0 })
        }
    }

    @Test func manyWatchesSeeEachChange() async throws {
        try await Cluster.running { cluster in
            let version = try await cluster.put("a")
            try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        try await cluster.watch("&resourceVersion=\(version)", seconds: 2).map(
                            short)
                    }
                }
                try await cluster.put("b")
                for try await events in group { #expect(events == ["ADDED b"]) }
            }
        }
    }
}
