import Glibc
import Logging
import Timing

/// One line a record on standard error: readable under journald, or JSON for collectors.
///
/// Text: `warning segment: message key=value …`, with a leading `<4>` priority (sd-daemon(3)) where
/// standard error goes to the journal, else with the time. Values that hold blanks or quotes are
/// quoted. JSON: one object a line, keys `time`, `level`, `label`, `message` and the metadata's.
package struct DaemonLogHandler: LogHandler {
    package enum Format: String, Sendable, CaseIterable {
        case text
        case json
    }

    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]

    let label: String
    let format: Format
    let isJournal: Bool

    package init(label: String, format: Format, level: Logger.Level, isJournal: Bool) {
        self.label = label
        self.format = format
        self.isJournal = isJournal
        logLevel = level
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let merged = metadata.merging(event.metadata ?? [:]) { $1 }
        let record = LogRecord(
            level: event.level, label: label, message: "\(event.message)",
            values: merged.map { (key: $0.key, value: "\($0.value)") }.sorted { $0.key < $1.key })
        switch format {
        case .text: Self.write(isJournal ? record.journalLine : record.textLine(at: .now()))
        case .json: Self.write(record.jsonLine(at: .now()))
        }
    }

    /// One write a line, so that lines of two threads never mix; who does not read loses the line
    /// and never makes a loop wait, as far as the kernel tells before the write.
    ///
    /// Standard error belongs to whoever started the daemon too, so it is not made non-blocking.
    ///
    /// - Returns: false when the line was dropped.
    @discardableResult
    static func write(_ line: String, to descriptor: Int32 = STDERR_FILENO) -> Bool {
        var bytes = Array(line.utf8)
        bytes.append(UInt8(ascii: "\n"))
        var writable = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&writable, 1, 0) == 1, writable.revents & Int16(POLLOUT) != 0 else {
            return false
        }
        return Glibc.write(descriptor, bytes, bytes.count) == bytes.count
    }
}
