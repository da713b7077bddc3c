import Allocation
import Foundation
import Testing

@testable import PoolFile

/// Reading from disk.
@Suite struct PoolFolderTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "herald-pools-\(UUID().uuidString)").path(percentEncoded: false)
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    private func write(_ text: String, _ path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path))
    }

    private func refusal(_ path: String) -> String {
        do throws(PoolFileErrors) {
            _ = try PoolFile.load(path: path)
            return ""
        } catch {
            return error.description
        }
    }

    @Test func folderIsReadByNameAndOnlyItsPoolFiles() throws {
        try withFolder { folder in
            try write(poolFile("b", "addresses: [192.0.2.2]"), folder + "/b.yml")
            try write(poolFile("a", "addresses: [192.0.2.1]"), folder + "/a.yaml")
            try write("not: [yaml", folder + "/.hidden.yaml")
            try write("not: [yaml", folder + "/a.yaml~")
            let both = try PoolFile.load(path: folder).pools.pools.map(\.name)
            #expect(both == ["a", "b"])
            let one = try PoolFile.load(path: folder + "/b.yml").pools.pools.map(\.name)
            #expect(one == ["b"])
        }
    }

    @Test func emptyFolderHasNoPools() throws {
        try withFolder { folder in
            let pools = try PoolFile.load(path: folder).pools
            #expect(pools == PoolSet())
        }
    }

    @Test func whatCannotBeReadIsSaidWithTheCallThatFailed() throws {
        #expect(refusal("/no/such/place") == "/no/such/place: stat: No such file or directory")
        try withFolder { folder in
            try FileManager.default.createSymbolicLink(
                atPath: folder + "/gone.yaml", withDestinationPath: folder + "/nowhere")
            try FileManager.default.createDirectory(
                atPath: folder + "/deep.yaml", withIntermediateDirectories: false)
            #expect(
                refusal(folder) == "\(folder)/deep.yaml: read: Is a directory\n"
                    + "\(folder)/gone.yaml: open: No such file or directory")
        }
    }

    @Test func pipeThatNobodyWritesToIsNotWaitedFor() throws {
        try withFolder { folder in
            #expect(mkfifo(folder + "/pipe.yaml", 0o600) == 0)
            let pools = try PoolFile.load(path: folder).pools
            #expect(pools == PoolSet())
        }
    }

    @Test func symbolicLinkIsFollowed() throws {
        try withFolder { folder in
            try write(poolFile("a", "addresses: [192.0.2.1]"), folder + "/..data")
            try FileManager.default.createSymbolicLink(
                atPath: folder + "/pools.yaml", withDestinationPath: "..data")
            let names = try PoolFile.load(path: folder).pools.pools.map(\.name)
            #expect(names == ["a"])
        }
    }
}
