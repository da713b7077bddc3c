import Foundation

/// Programs of this package, as they were built together with the running tests.
package enum BuiltProgram {
    package static func path(_ name: String) throws -> String {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let path = URL(fileURLWithPath: tests).deletingLastPathComponent()
            .appendingPathComponent(name).path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw Command.Failure(description: "\(path) was not built")
        }
        return path
    }
}
