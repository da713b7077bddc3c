import Foundation

/// Rendered text that a test holds against a file, so that every change to it is read as a diff.
///
/// `REWRITE=1 swift test` writes the files anew.
package enum GoldenText {
    /// Compares `text` with the file `Golden/NAME` beside the calling test.
    ///
    /// - Returns: nil if they are the same, else the first line that differs in both.
    package static func difference(
        _ text: String, from name: String, testFile: String = #filePath
    ) throws -> String? {
        let folder = URL(fileURLWithPath: testFile).deletingLastPathComponent()
            .appendingPathComponent("Golden")
        let file = folder.appendingPathComponent(name)
        if ProcessInfo.processInfo.environment["REWRITE"] == "1" {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
            return nil
        }
        guard let golden = try? String(contentsOf: file, encoding: .utf8) else {
            return "\(file.path) cannot be read; REWRITE=1 writes it"
        }
        return firstDifference(text, golden: golden, name: name)
    }

    private static func firstDifference(_ text: String, golden: String, name: String) -> String? {
        guard text != golden else { return nil }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let goldenLines = golden.split(separator: "\n", omittingEmptySubsequences: false)
        let index =
            zip(lines, goldenLines).enumerated().first { $1.0 != $1.1 }?.offset
            ?? min(lines.count, goldenLines.count)
        let line = { (lines: [Substring]) in index < lines.count ? "\(lines[index])" : "(no line)" }
        return """
            \(name):\(index + 1): is
            \(line(lines))
            and was
            \(line(goldenLines))
            """
    }
}
