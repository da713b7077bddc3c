import Foundation
import Testing

@testable import Files

@Suite struct AtomicFileTests {
    /// A folder that is gone when the test is over.
    private static func withFolder(_ body: (String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "herald-files-\(UUID().uuidString)"
        try AtomicFile.makeFolder(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    private static func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test func filesArePrivateAndReplacedWhole() throws {
        try Self.withFolder { folder in
            let path = folder + "/file"
            #expect(try AtomicFile.read(path) == nil)
            for text in ["one", "two and more", ""] {
                try AtomicFile.write(Array(text.utf8), to: path)
                #expect(try AtomicFile.read(path) == Array(text.utf8))
            }
            #expect(try Self.mode(path) == 0o600)
            #expect(try Self.mode(folder) == 0o700)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["file"])
        }
    }

    @Test func largeFilesAreReadAndWrittenInParts() throws {
        try Self.withFolder { folder in
            let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0) }
            try AtomicFile.write(bytes, to: folder + "/file", mode: 0o640)
            #expect(try AtomicFile.read(folder + "/file") == bytes)
            #expect(try Self.mode(folder + "/file") == 0o640)
        }
    }

    /// What lies where the new file is made, perhaps from a crash, is not written into.
    @Test func nobodyElsesFileIsTakenOver() throws {
        try Self.withFolder { folder in
            let (path, other) = (folder + "/file", folder + "/other")
            try AtomicFile.write(Array("other".utf8), to: other)
            #expect(symlink(other, path + ".new") == 0)
            try AtomicFile.write(Array("mine".utf8), to: path)
            #expect(try AtomicFile.read(other) == Array("other".utf8))
            #expect(try AtomicFile.read(path) == Array("mine".utf8))
        }
    }

    @Test func errorsNameTheCallAndTheFile() throws {
        try Self.withFolder { folder in
            let path = folder + "/file"
            try AtomicFile.write([], to: path)
            let missing = #expect(throws: FileError.self) {
                try AtomicFile.write([], to: folder + "/none/x")
            }
            #expect(missing?.description == "open \(folder)/none/x.new: No such file or directory")
            let inner = #expect(throws: FileError.self) { try AtomicFile.read(path + "/x") }
            #expect(inner?.description == "open \(path)/x: Not a directory")
            let below = #expect(throws: FileError.self) { try AtomicFile.makeFolder(path + "/x/y") }
            #expect(below?.call == "mkdir")
            let folderItself = #expect(throws: FileError.self) { try AtomicFile.read(folder) }
            #expect(folderItself?.errno == EISDIR)
            let advised = FileError("open", "a", errno: EACCES, advice: "be root")
            #expect(advised.description == "open a: Permission denied; be root")
        }
    }
}
