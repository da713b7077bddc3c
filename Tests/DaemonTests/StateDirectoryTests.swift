import Files
import Foundation
import Testing

@testable import Daemon

@Suite struct StateDirectoryTests {
    /// Runs `body` with the path of a folder that does not exist yet, and removes it afterwards.
    static func withFolder(_ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory
            .appendingPathComponent("herald-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    @Test func eachStartCountsOneFurther() throws {
        try Self.withFolder { path in
            for expected in 1...3 as ClosedRange<UInt32> {
                let directory = try StateDirectory(path: path)
                #expect(try directory.countStart().incarnation == expected)
            }
        }
    }

    @Test func aSecondDaemonOnTheSameFolderIsRefused() throws {
        try Self.withFolder { path in
            let first = try StateDirectory(path: path)
            #expect { try StateDirectory(path: path) } throws: {
                "\($0)".contains("another heraldd uses this state folder")
            }
            withExtendedLifetime(first) {}
        }
    }

    @Test func aDamagedRecordIsAnErrorAndStays() throws {
        try Self.withFolder { path in
            let directory = try StateDirectory(path: path)
            try AtomicFile.write(Array("{".utf8), to: path + "/node.json")
            #expect(throws: ConfigurationError.self) { try directory.countStart() }
            #expect(try AtomicFile.read(path + "/node.json") == Array("{".utf8))
        }
    }

    @Test func drainedSurvivesARestart() throws {
        try Self.withFolder { path in
            let directory = try StateDirectory(path: path)
            var record = try directory.countStart()
            record.drained = true
            try directory.write(record)
            #expect(try directory.countStart() == NodeRecord(incarnation: 2, drained: true))
        }
    }

    @Test func filesOfTheStateFolderAreTheOwnersOnly() throws {
        try Self.withFolder { path in
            let directory = try StateDirectory(path: path)
            _ = try directory.countStart()
            var status = stat()
            #expect(stat(path + "/node.json", &status) == 0 && status.st_mode & 0o777 == 0o600)
            #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o700)
        }
    }
}
