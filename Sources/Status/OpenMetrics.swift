/// Text in the OpenMetrics 1.0 exposition format.
///
/// Guarantee: every family is declared once, before its samples, with help; label values are
/// escaped; `finished` ends with `# EOF`.
struct OpenMetrics {
    private var text = ""

    /// Declares a gauge and gives its samples, in the order given.
    mutating func gauge(_ name: String, unit: String? = nil, help: String, _ samples: [Sample]) {
        declare(name, type: "gauge", unit: unit, help: help)
        for sample in samples { append(name, sample) }
    }

    /// Declares a counter, whose samples are named with `_total`.
    mutating func counter(_ name: String, help: String, _ samples: [Sample]) {
        declare(name, type: "counter", unit: nil, help: help)
        for sample in samples { append(name + "_total", sample) }
    }

    /// Declares an info family: constant labels, value 1.
    mutating func info(_ name: String, help: String, labels: KeyValuePairs<String, String?>) {
        declare(name, type: "info", unit: nil, help: help)
        append(name + "_info", Sample(1, labels))
    }

    var finished: String { text + "# EOF\n" }

    /// One number and what tells it apart from its neighbours.
    struct Sample {
        let value: Double
        let labels: [(name: String, value: String)]

        /// Labels that are nil are left out.
        init(_ value: Double, _ labels: KeyValuePairs<String, String?> = [:]) {
            self.value = value
            self.labels = labels.compactMap { name, value in value.map { (name, $0) } }
        }

        init(_ value: some BinaryInteger, _ labels: KeyValuePairs<String, String?> = [:]) {
            self.init(Double(value), labels)
        }
    }

    private mutating func declare(_ name: String, type: String, unit: String?, help: String) {
        text += "# TYPE \(name) \(type)\n"
        if let unit { text += "# UNIT \(name) \(unit)\n" }
        text += "# HELP \(name) \(Self.escaped(help))\n"
    }

    private mutating func append(_ name: String, _ sample: Sample) {
        text += name
        if !sample.labels.isEmpty {
            let labels = sample.labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }
            text += "{" + labels.joined(separator: ",") + "}"
        }
        text += " \(Self.number(sample.value))\n"
    }

    /// A whole number without ".0"; a double keeps every whole number up to 2^53 exactly.
    private static func number(_ value: Double) -> String {
        Int64(exactly: value).map { String($0) } ?? String(value)
    }

    private static func escaped(_ value: String) -> String {
        var escaped = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
