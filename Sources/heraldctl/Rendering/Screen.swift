/// What tables are drawn for.
struct Screen {
    /// Every column, however long the lines get.
    let isWide: Bool
    let isColoured: Bool

    /// Columns of a line; nil is no limit.
    var width: Int? { isWide ? nil : Self.standardWidth }

    static let standardWidth = 80
}

/// What a cell's colour says.
enum Tone {
    case plain, good, passing, bad

    /// The text between ECMA-48 colour codes; plain text stays as it is.
    func coloured(_ text: String) -> String {
        switch self {
        case .plain: text
        case .good: "\u{1b}[32m\(text)\u{1b}[0m"
        case .passing: "\u{1b}[33m\(text)\u{1b}[0m"
        case .bad: "\u{1b}[31m\(text)\u{1b}[0m"
        }
    }
}

extension String {
    /// Control characters (escape sequences in a name, say) cannot reach the terminal.
    var withoutControlCharacters: String {
        String(
            String.UnicodeScalarView(
                unicodeScalars.map { scalar in
                    if scalar == "\n" || scalar == "\t" { return " " }
                    return scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar
                }))
    }
}
