import Logging
import Timing

/// One log record, rendered without a clock or a descriptor of its own.
struct LogRecord {
    let level: Logger.Level
    let label: String
    let message: String
    let values: [(key: String, value: String)]

    /// The journal stamps the time itself; `<N>` tells it the priority (sd-daemon(3)).
    var journalLine: String { "<\(priority)>\(body)" }

    func textLine(at time: WallTime) -> String {
        "\(time.text(fractionDigits: 3)) \(level.rawValue) \(body)"
    }

    func jsonLine(at time: WallTime) -> String {
        let fields =
            [
                ("time", time.text(fractionDigits: 3)), ("level", level.rawValue),
                ("label", label), ("message", message),
            ] + values.map { ($0.key, $0.value) }
        return "{"
            + fields.map { "\(Self.jsonText($0.0)):\(Self.jsonText($0.1))" }.joined(separator: ",")
            + "}"
    }

    private var body: String {
        let pairs = values.map { " \($0.key)=\(Self.quotedIfNeeded($0.value))" }.joined()
        return "\(label): \(Self.singleLine(message))\(pairs)"
    }

    /// syslog(3) severities.
    private var priority: Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }

    private static func singleLine(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.value < 0x20 }) else { return text }
        return String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 ? " " : $0 }))
    }

    private static func quotedIfNeeded(_ value: String) -> String {
        let plain = value.unicodeScalars.allSatisfy { $0.value > 0x20 && $0 != "\"" && $0 != "=" }
        return plain && !value.isEmpty ? value : jsonText(value)
    }

    /// A JSON string (RFC 8259 §7).
    static func jsonText(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            case "\r": quoted += "\\r"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
