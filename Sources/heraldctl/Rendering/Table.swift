/// Columns under titles, for people.
///
/// Guarantee: columns align; no text is lost: what does not fit its column goes on below it.
struct Table {
    let columns: [Column]
    let rows: [[Cell]]

    /// One column: its title and how it gives way when the line is too long.
    struct Column {
        let title: String
        var alignment = Alignment.left
        var wrapping = Wrapping.betweenWords
    }

    enum Alignment { case left, right }

    /// Where a cell that is too long is broken.
    enum Wrapping {
        /// Only at blanks: no narrower than the longest word.
        case betweenWords
        /// Also within words, but no narrower than this many characters.
        case anywhere(minimum: Int)
    }

    struct Cell {
        let text: String
        let tone: Tone

        init(_ text: String, _ tone: Tone = .plain) {
            self.text = text.withoutControlCharacters
            self.tone = tone
        }

        /// Shows "-" for what is absent.
        init(_ text: String?, _ tone: Tone = .plain) {
            self.init(text ?? "-", tone)
        }
    }

    /// Blanks between two columns.
    private static let gap = 2

    /// The table as lines without a line end after the last.
    func text(on screen: Screen) -> String {
        let titles = columns.map { Cell($0.title) }
        let widths = fittedWidths(titles, to: screen.width)
        return ([titles] + rows)
            .flatMap { lines(of: $0, widths: widths, isColoured: screen.isColoured) }
            .joined(separator: "\n")
    }

    /// The rows alone.
    func bodyText(on screen: Screen) -> String {
        let widths = fittedWidths(columns.map { Cell($0.title) }, to: screen.width)
        return rows.flatMap { lines(of: $0, widths: widths, isColoured: screen.isColoured) }
            .joined(separator: "\n")
    }

    /// The natural widths, or narrower: the widest column that still can gives way first.
    private func fittedWidths(_ titles: [Cell], to limit: Int?) -> [Int] {
        let all = [titles] + rows
        var widths = columns.indices.map { column in
            all.map { $0[column].text.count }.max() ?? 0
        }
        guard let limit else { return widths }
        let minimums = columns.indices.map { minimumWidth(of: $0, in: all) }
        let gaps = Self.gap * (columns.count - 1)
        while widths.reduce(gaps, +) > limit {
            let shrinkable = widths.indices.filter { widths[$0] > minimums[$0] }
            guard let widest = shrinkable.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
        }
        return widths
    }

    private func minimumWidth(of column: Int, in rows: [[Cell]]) -> Int {
        switch columns[column].wrapping {
        case .anywhere(let minimum):
            minimum
        case .betweenWords:
            rows.flatMap { $0[column].text.split(separator: " ") }.map(\.count).max() ?? 0
        }
    }

    private func lines(of row: [Cell], widths: [Int], isColoured: Bool) -> [String] {
        let wrapped = zip(row, widths).map { wrap($0.text, to: $1) }
        let height = wrapped.map(\.count).max() ?? 0
        return (0..<height).map { line in
            let parts = columns.indices.map { column in
                let text = line < wrapped[column].count ? wrapped[column][line] : ""
                let padding = String(repeating: " ", count: max(0, widths[column] - text.count))
                let shown = isColoured && !text.isEmpty ? row[column].tone.coloured(text) : text
                return columns[column].alignment == .left ? shown + padding : padding + shown
            }
            let joined = parts.joined(separator: String(repeating: " ", count: Self.gap))
            return joined.trimmingBlanksAtEnd
        }
    }
}

/// Breaks text into lines of at most `width` characters, at blanks where there are any.
func wrap(_ text: String, to width: Int) -> [String] {
    precondition(width > 0 || text.isEmpty, "no width for \"\(text)\"")
    guard text.count > width else { return [text] }
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
        var rest = word[...]
        if !line.isEmpty {
            if line.count + 1 + rest.count <= width {
                line += " " + rest
                continue
            }
            lines.append(line)
            line = ""
        }
        while rest.count > width {
            lines.append(String(rest.prefix(width)))
            rest = rest.dropFirst(width)
        }
        line = String(rest)
    }
    return line.isEmpty ? lines : lines + [line]
}

extension String {
    fileprivate var trimmingBlanksAtEnd: String {
        var text = self[...]
        while text.last == " " { text = text.dropLast() }
        return String(text)
    }
}
