import Foundation

/// One row: what Herald took, what the bare calls took, and what is allowed.
struct Figure {
    private let what: String
    private let values: [Double]
    private let bare: [Double]
    private let limit: Double
    private let unit: String

    init(
        _ what: String, _ values: [Double], bare: [Double] = [], limit: Double, unit: String
    ) {
        self.what = what
        self.values = values
        self.bare = bare
        self.limit = limit
        self.unit = unit
    }

    /// A line as it is known, also into a file.
    static func say(_ line: String) {
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }

    func report() {
        let beside = bare.isEmpty ? "" : ", bare \(Self.text(bare))"
        let verdict = values.median <= limit ? "held" : "MISSED"
        let allowed = "limit \(Self.text([limit]))"
        Self.say(
            "\(what): \(Self.text(values)) \(unit)\(beside); \(allowed): \(verdict)"
        )
    }

    /// The median, and of several the worst.
    private static func text(_ values: [Double]) -> String {
        let median = String(format: "%.1f", values.median)
        guard values.count > 1, let worst = values.max() else { return median }
        return median + String(format: " (%.1f)", worst)
    }
}

extension [Double] {
    var median: Double { isEmpty ? .nan : sorted()[count / 2] }
}
