import Status

extension DaemonStatus {
    /// `heraldctl status` for people: a head, then a table for each thing that there is any of.
    func text(on screen: Screen) -> String {
        var sections = [head(on: screen)]
        if !problems.isEmpty { sections.append(problemTable.text(on: screen)) }
        if !pools.isEmpty { sections.append(pools.table(on: screen)) }
        if !addresses.isEmpty { sections.append(addresses.table(on: screen)) }
        if !members.isEmpty { sections.append(members.table(on: screen)) }
        if !pending.isEmpty { sections.append(pending.table(on: screen)) }
        return sections.joined(separator: "\n\n")
    }

    private func head(on screen: Screen) -> String {
        let lines =
            [
                ("Node", Table.Cell("\(node), heraldd \(version)")),
                ("Role", roleCell),
                ("API", apiCell),
                ("Serving", servingCell),
            ] + drainedLine
        return Table(
            columns: [
                Table.Column(title: ""), Table.Column(title: "", wrapping: .anywhere(minimum: 1)),
            ],
            rows: lines.map { [Table.Cell($0.0), $0.1] }
        ).bodyText(on: screen)
    }

    private var drainedLine: [(String, Table.Cell)] {
        guard isDrained else { return [] }
        return [("Drained", Table.Cell("owns nothing until heraldctl undrain", .passing))]
    }

    private var roleCell: Table.Cell {
        guard let leader else {
            return Table.Cell("\(role.rawValue); nobody leads", .passing)
        }
        return Table.Cell(leader == node ? role.rawValue : "\(role.rawValue); \(leader) leads")
    }

    private var apiCell: Table.Cell {
        let server = api.server ?? "no server known"
        guard !api.connected else { return Table.Cell("\(server), connected", .good) }
        let age = api.staleSeconds.map { "what is shown is \($0) s old" } ?? "nothing seen yet"
        return Table.Cell("\(server), not connected; \(age)", .bad)
    }

    private var servingCell: Table.Cell {
        let announced = addresses.count { $0.state == .announced }
        let waiting = pending.isEmpty ? "" : "; \(pending.count) pending"
        let pools = pools.isEmpty ? "; no pools are loaded" : ""
        return Table.Cell(
            "\(announced) of \(addresses.count) addresses announced\(waiting)\(pools)")
    }

    private var problemTable: Table {
        Table(
            columns: [.init(title: "PROBLEM", wrapping: .anywhere(minimum: 20))],
            rows: problems.map { [Table.Cell($0, .bad)] })
    }
}
