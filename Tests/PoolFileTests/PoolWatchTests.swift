import Foundation
import Testing

@testable import PoolFile

/// Real files and the kernel's real inotify.
@Suite struct PoolWatchTests {
    /// A folder with `pools/a.yaml` in it, gone with the test.
    private final class Place {
        let path: String

        init() throws {
            path = FileManager.default.temporaryDirectory
                .appending(path: "herald-watch-\(UUID().uuidString)").path(percentEncoded: false)
            try folder("pools")
            try write("1", to: "pools/a.yaml")
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        func folder(_ name: String) throws {
            try FileManager.default.createDirectory(
                atPath: "\(path)/\(name)", withIntermediateDirectories: true)
        }

        func write(_ text: String, to name: String) throws {
            try Data(text.utf8).write(to: URL(filePath: "\(path)/\(name)"))
        }

        func link(_ name: String, to target: String) throws {
            try FileManager.default.createSymbolicLink(
                atPath: "\(path)/\(name)", withDestinationPath: target)
        }

        func rename(_ old: String, over new: String) {
            let result = Foundation.rename("\(path)/\(old)", "\(path)/\(new)")
            #expect(result == 0, "\(String(cString: strerror(errno)))")
        }

        func remove(_ name: String) throws {
            try FileManager.default.removeItem(atPath: "\(path)/\(name)")
        }

        /// As the kubelet lays a ConfigMap out: each key a link to `..data/KEY`, `..data` a link
        /// to the folder of the present version.
        func mount(_ version: String) throws {
            try folder("pools/..\(version)")
            try write(version, to: "pools/..\(version)/m.yaml")
            try link("pools/..data_tmp", to: "..\(version)")
            rename("pools/..data_tmp", over: "pools/..data")
        }
    }

    /// Whether the change is told at once: inotify queues an event before the call that made it
    /// returns.
    private func isTold(
        _ watched: String, before: (Place) throws -> Void = { _ in },
        _ change: (Place) throws -> Void
    ) throws -> Bool {
        let place = try Place()
        try before(place)
        var watch = try PoolWatch(path: "\(place.path)/\(watched)")
        try watch.rearm()
        let isToldTooEarly = watch.takeChanges()
        #expect(!isToldTooEarly)
        try change(place)
        var poll = pollfd(fd: watch.descriptorNumber, events: Int16(POLLIN), revents: 0)
        guard Foundation.poll(&poll, 1, 0) == 1 else { return false }
        return watch.takeChanges()
    }

    @Test func aFileWrittenInPlaceIsTold() throws {
        #expect(try isTold("pools") { try $0.write("2", to: "pools/a.yaml") })
        #expect(try isTold("pools/a.yaml") { try $0.write("2", to: "pools/a.yaml") })
    }

    @Test func anEditorThatRenamesOverTheFileIsTold() throws {
        for watched in ["pools", "pools/a.yaml"] {
            let isTold = try isTold(watched) { place in
                try place.write("2", to: "pools/.a.yaml.swp")
                place.rename("pools/.a.yaml.swp", over: "pools/a.yaml")
            }
            #expect(isTold, "\(watched)")
        }
    }

    @Test func aMountThatSwapsItsLinkIsTold() throws {
        for watched in ["pools", "pools/m.yaml"] {
            let isTold = try isTold(
                watched,
                before: { place in
                    try place.mount("1")
                    try place.link("pools/m.yaml", to: "..data/m.yaml")
                }
            ) { try $0.mount("2") }
            #expect(isTold, "\(watched)")
        }
    }

    @Test func aFileThatComesOrGoesIsTold() throws {
        #expect(try isTold("pools") { try $0.write("2", to: "pools/b.yml") })
        #expect(try isTold("pools") { try $0.remove("pools/a.yaml") })
        #expect(try isTold("pools") { try $0.link("pools/b.yaml", to: "../elsewhere") })
        #expect(try isTold("pools") { $0.rename("pools/a.yaml", over: "pools/a.off") })
        #expect(try isTold("pools/a.yaml") { try $0.remove("pools/a.yaml") })
    }

    @Test func aFolderThatIsSwappedIsTold() throws {
        let isSwapTold = try isTold("pools", before: { try $0.folder("other") }) { place in
            place.rename("pools", over: "old")
            place.rename("other", over: "pools")
        }
        #expect(isSwapTold)
        let isLinkTold = try isTold(
            "current",
            before: { place in
                try place.folder("other")
                try place.link("current", to: "pools")
                try place.link("next", to: "other")
            }
        ) { $0.rename("next", over: "current") }
        #expect(isLinkTold)
        #expect(try isTold("new/pools") { try $0.folder("new/pools") })
    }

    @Test func theTargetOfALinkIsWatched() throws {
        let isTold = try isTold(
            "pools",
            before: { place in
                try place.folder("shared/deep")
                try place.write("1", to: "shared/deep/s.yaml")
                try place.link("pools/s.yaml", to: "../shared/./deep/s.yaml")
            }
        ) { try $0.write("2", to: "shared/deep/s.yaml") }
        #expect(isTold)
    }

    @Test func aPermissionThatChangesIsTold() throws {
        #expect(try isTold("pools") { _ = chmod("\($0.path)/pools/a.yaml", 0o600) })
    }

    @Test func whatIsNoPoolFileIsNotTold() throws {
        #expect(try !isTold("pools") { try $0.write("2", to: "pools/.a.yaml.swp") })
        #expect(try !isTold("pools") { try $0.write("2", to: "pools/a.yaml~") })
        #expect(try !isTold("pools") { try $0.write("2", to: "other.yaml") })
        #expect(try !isTold("pools/a.yaml") { try $0.write("2", to: "pools/b.yaml") })
    }

    /// A half-written set must not be read as a whole one.
    @Test func aNewFileIsToldWhenItIsWritten() throws {
        let place = try Place()
        var watch = try PoolWatch(path: "\(place.path)/pools")
        try watch.rearm()
        let file = try #require(fopen("\(place.path)/pools/b.yaml", "w"))
        let isToldWhenOpened = watch.takeChanges()
        #expect(!isToldWhenOpened)
        fputs("spec:", file)
        fclose(file)
        let isToldWhenClosed = watch.takeChanges()
        #expect(isToldWhenClosed)
    }

    /// The second change is of the folder that came by the first.
    @Test func whatCameByAChangeIsWatchedAfterIt() throws {
        let place = try Place()
        try place.mount("1")
        try place.link("pools/m.yaml", to: "..data/m.yaml")
        var watch = try PoolWatch(path: "\(place.path)/pools")
        for version in 2...6 {
            try watch.rearm()
            try place.mount("\(version)")
            try place.remove("pools/..\(version - 1)")
            let isSwapTold = watch.takeChanges()
            #expect(isSwapTold, "version \(version)")
            try watch.rearm()
            let isQuiet = watch.takeChanges()
            #expect(!isQuiet)
            try place.write("in place", to: "pools/..\(version)/m.yaml")
            let isEditTold = watch.takeChanges()
            #expect(isEditTold, "version \(version), in place")
        }
    }

    @Test func linksInACircleLeadNowhere() throws {
        let isTold = try isTold(
            "x",
            before: { place in
                try place.link("x", to: "y")
                try place.link("y", to: "x")
            }
        ) { place in
            try place.remove("y")
            try place.folder("y")
        }
        #expect(isTold)
    }

    @Test func aFloodIsReadToItsEnd() throws {
        let place = try Place()
        var watch = try PoolWatch(path: "\(place.path)/pools")
        try watch.rearm()
        for number in 0..<2_000 { try place.write("2", to: "pools/n\(number).yaml") }
        let isTold = watch.takeChanges()
        let isToldAgain = watch.takeChanges()
        #expect(isTold && !isToldAgain)
    }
}
