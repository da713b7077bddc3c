import Addressing
import Allocation
import Foundation
import Testing
import YAML

@testable import PoolFile

/// The files that ship with Herald, against the parser.
@Suite struct ShippedPoolsTests {
    private static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Pools").path(percentEncoded: false)

    private func documents() throws -> [YAMLNode] {
        let data = try Data(contentsOf: URL(filePath: Self.folder + "/reference.yaml"))
        return try YAMLDocuments(parsing: Array(data)).nodes
    }

    @Test func allThreeLoadTogether() throws {
        let contents = try PoolFile.load(path: Self.folder)
        let names = contents.pools.pools.map(\.name)
        #expect(names == ["dual-stack", "minimal", "reference", "reference-lists"])
        #expect(contents.warnings.isEmpty)
    }

    /// What the DaemonSet's ConfigMap holds is a pool file.
    @Test func thePoolOfTheDaemonSetIsOne() throws {
        let file = Self.folder.replacing(/Pools$/, with: "Deploy/daemonset.yaml")
        let bytes = Array(try Data(contentsOf: URL(filePath: file)))
        let map = try YAMLDocuments(parsing: bytes).nodes.first {
            $0["kind"]?.plainText == "ConfigMap"
        }
        let text = try #require(map?["data"]?["public.yaml"]?.plainText)
        let pool = URL.temporaryDirectory.appending(path: "daemonset-\(UUID().uuidString).yaml")
        try Data(text.utf8).write(to: pool)
        defer { try? FileManager.default.removeItem(at: pool) }
        let contents = try PoolFile.load(path: pool.path(percentEncoded: false))
        #expect(contents.pools.pools.map(\.name) == ["public"])
        #expect(contents.warnings.isEmpty)
    }

    @Test func referenceShowsEveryDefault() throws {
        let pools = try PoolFile.load(path: Self.folder + "/reference.yaml").pools.pools
        let plain = Pool(name: "reference", ranges: [try AddressRange("203.0.113.64/28")])
        #expect(pools[0] == plain)
    }

    /// Each level of keys, and the path to it in either document.
    @Test(arguments: [
        ("document", [], PoolKeys.document),
        ("metadata", ["metadata"], PoolKeys.metadata),
        ("spec", ["spec"], PoolKeys.spec),
        ("quota", ["spec", "quota"], PoolKeys.quota),
        ("announce", ["spec", "announce"], PoolKeys.announce),
        ("preferNodes", ["spec", "announce", "preferNodes"], PoolKeys.preferNodes),
        ("selector", ["spec", "namespaceSelectors"], ["matchLabels"]),
        ("selector", ["spec", "serviceSelectors"], ["matchExpressions"]),
        (
            "expression", ["spec", "serviceSelectors", "matchExpressions"],
            YAMLReader.expressionKeys
        ),
    ])
    func referenceHasEveryKeyInTheParsersOrder(
        level: String, path: [String], known: [String]
    ) throws {
        let documents = try documents()
        let found = documents.map { keys(at: path[...], of: $0) }
        #expect(found.contains(known), "\(level): \(found)")
    }

    @Test func everySelectorKeyIsAmongThoseShown() {
        #expect(YAMLReader.selectorKeys == ["matchLabels", "matchExpressions"])
    }

    private func keys(at path: ArraySlice<String>, of node: YAMLNode) -> [String] {
        switch node.value {
        case .scalar: return []
        case .sequence(let nodes): return nodes.first.map { keys(at: path, of: $0) } ?? []
        case .mapping(let entries):
            guard let name = path.first else {
                return entries.compactMap {
                    guard case .scalar(let text, _) = $0.key.value else { return nil }
                    return text
                }
            }
            let entry = entries.first { $0.key.value == .scalar(name, isPlain: true) }
            return entry.map { keys(at: path.dropFirst(), of: $0.value) } ?? []
        }
    }
}
