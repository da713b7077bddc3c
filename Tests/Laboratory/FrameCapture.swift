import Foundation

/// Frames that tcpdump sees on a link: an independent witness.
package final class FrameCapture {
    /// One frame, whole.
    package struct Frame: Sendable {
        /// Kernel time of arrival, nanoseconds since 1970.
        package let nanoseconds: Int64
        package let bytes: [UInt8]
    }

    private let file: URL
    private let tcpdump: RunningCommand

    /// Returns once tcpdump listens.
    ///
    /// - Parameter filter: an expression of pcap-filter(7): `arp`.
    package init(in namespace: NetworkNamespace, on link: String, filter: String) throws {
        file = FileManager.default.temporaryDirectory
            .appendingPathComponent("herald-capture-\(UUID().uuidString).pcap")
        tcpdump = try namespace.start(
            "tcpdump",
            [
                "-i", link, "-U", "--immediate-mode", "--time-stamp-precision=nano", "-Z", "root",
                "-w", file.path, filter,
            ])
        try eventually("tcpdump listens on \(link)") {
            tcpdump.errorOutputSoFar.contains("listening on")
        }
    }

    deinit { close() }

    /// Every whole frame so far, oldest first.
    package var frames: [Frame] {
        guard let content = try? Data(contentsOf: file) else { return [] }
        return Self.frames(ofSavefile: [UInt8](content))
    }

    /// Ends tcpdump and removes its file; harmless when called again.
    package func close() {
        tcpdump.signal(SIGTERM)
        _ = try? tcpdump.wait(timeout: .seconds(5))
        try? FileManager.default.removeItem(at: file)
    }

    /// The format of pcap-savefile(5) as this machine writes it: 24 bytes, then records of 16
    /// bytes and a frame.
    private static func frames(ofSavefile bytes: [UInt8]) -> [Frame] {
        func number(at offset: Int) -> Int {
            (0..<4).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
        }
        var frames: [Frame] = []
        var offset = 24
        while offset + 16 <= bytes.count {
            let (start, length) = (offset + 16, number(at: offset + 8))
            guard start + length <= bytes.count else { break }
            let nanoseconds = Int64(number(at: offset)) * 1_000_000_000
            frames.append(
                Frame(
                    nanoseconds: nanoseconds + Int64(number(at: offset + 4)),
                    bytes: Array(bytes[start..<start + length])))
            offset = start + length
        }
        return frames
    }
}
