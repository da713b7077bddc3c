import YAML

/// Durations as pool files and configuration write them.
package enum DurationText {
    /// Ten years: what is longer is a mistake.
    package static let secondsMax: Int64 = 10 * 365 * 24 * 60 * 60

    private static let units: [(name: String, milliseconds: Int64)] = [
        ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]

    /// Nil unless `text` is one or more whole numbers, each with a unit, the larger unit first.
    package static func parse(_ text: String) -> Duration? {
        var rest = text[...]
        var milliseconds: Int64 = 0
        var remaining = units[...]
        while !rest.isEmpty {
            let digits = rest.prefix { ("0"..."9").contains($0) }
            let unit = rest.dropFirst(digits.count).prefix { $0.isLetter }
            guard !digits.isEmpty, digits.count <= 12, let number = Int64(digits),
                let index = remaining.firstIndex(where: { $0.name == unit })
            else { return nil }
            let (part, overflowed) = number.multipliedReportingOverflow(
                by: units[index].milliseconds)
            guard !overflowed, part <= secondsMax * 1000 else { return nil }
            milliseconds += part
            remaining = units[(index + 1)...]
            rest = rest.dropFirst(digits.count + unit.count)
        }
        guard !text.isEmpty, milliseconds <= secondsMax * 1000 else { return nil }
        return .milliseconds(milliseconds)
    }

    /// The shortest text that `parse` reads back; whole milliseconds.
    package static func render(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        var rest = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        guard rest > 0 else { return "0s" }
        var text = ""
        for unit in units where rest >= unit.milliseconds {
            text += "\(rest / unit.milliseconds)\(unit.name)"
            rest %= unit.milliseconds
        }
        return text
    }
}

extension YAMLReader {
    /// A duration such as `90s`, `24h` or `1h30m`; units h, m, s and ms, the larger first.
    package mutating func duration(_ node: YAMLNode?, default value: Duration) -> Duration {
        guard let node else { return value }
        guard case .scalar(let text, _) = node.value, let duration = DurationText.parse(text)
        else {
            refuse(
                node.position,
                "\(node.sight) found where a duration is wanted, such as 90s or 24h")
            return value
        }
        return duration
    }
}
