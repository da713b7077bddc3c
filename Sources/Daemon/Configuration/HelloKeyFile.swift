import Files
import Wire

/// The file of `--hello-key`: one key a line, the newest last; blanks around a line are no part of
/// it, lines that are empty or begin with `#` are none.
package enum HelloKeyFile {
    /// Throws when the file is missing, or holds no key or one that is too short.
    package static func read(_ path: String) throws -> [[UInt8]] {
        guard let bytes = try AtomicFile.read(path) else {
            throw ConfigurationError(
                setting: "hello-key", found: path, wanted: "a file that exists")
        }
        let keys = bytes.split(separator: UInt8(ascii: "\n")).map { Array($0).withoutBlanks }
            .filter { !$0.isEmpty && $0.first != UInt8(ascii: "#") }
        guard !keys.isEmpty, keys.allSatisfy({ $0.count >= HelloKey.secretBytesMin }) else {
            throw ConfigurationError(
                setting: "hello-key", found: path,
                wanted: "a key of at least \(HelloKey.secretBytesMin) characters on each line")
        }
        return keys
    }
}

extension [UInt8] {
    /// Without ASCII blanks and line ends at both ends.
    var withoutBlanks: [UInt8] {
        func isBlank(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }
        guard let first = firstIndex(where: { !isBlank($0) }),
            let last = lastIndex(where: { !isBlank($0) })
        else { return [] }
        return Array(self[first...last])
    }
}
