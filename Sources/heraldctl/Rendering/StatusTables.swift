import Status

extension [PoolStatus] {
    /// A line for each family of each pool.
    func table(on screen: Screen) -> String {
        let rows = flatMap { pool in
            pool.families.map { family in
                [
                    Table.Cell(pool.name), Table.Cell(family.name),
                    Table.Cell(family.counts.total.short), Table.Cell(family.counts.used.short),
                    Table.Cell(
                        family.counts.available.short,
                        family.counts.available.value == 0 ? .passing : .plain),
                    Table.Cell(
                        family.counts.quarantined.short,
                        family.counts.quarantined.value == 0 ? .plain : .bad),
                ]
            }
        }
        let numbers = ["TOTAL", "USED", "AVAILABLE", "QUARANTINED"]
        return Table(
            columns: [
                .init(title: "POOL", wrapping: .anywhere(minimum: 6)), .init(title: "FAMILY"),
            ] + numbers.map { .init(title: $0, alignment: .right) },
            rows: rows
        ).text(on: screen)
    }
}

extension AddressCount {
    /// The number, or that it is larger than it can say.
    fileprivate var short: String { isAtLimit ? ">9.0e15" : String(value) }
}

extension [AddressStatus] {
    func table(on screen: Screen) -> String {
        screen.isWide ? wideTable.text(on: screen) : narrowTable.text(on: screen)
    }

    private var narrowTable: Table {
        Table(
            columns: [
                .init(title: "ADDRESS"), .init(title: "POOL", wrapping: .anywhere(minimum: 6)),
                .init(title: "OWNER", wrapping: .anywhere(minimum: 6)),
                .init(title: "STATE", wrapping: .anywhere(minimum: 11)),
                .init(title: "SERVICES", wrapping: .anywhere(minimum: 10)),
            ],
            rows: map { address in
                [
                    .init(address.address), .init(address.pool), .init(address.owner),
                    .init(address.stateAndCause, address.state.tone),
                    .init(address.serviceList),
                ]
            })
    }

    private var wideTable: Table {
        let titles = [
            "ADDRESS", "POOL", "OWNER", "STATE", "REASON", "MAC", "ENDS IN", "EPOCH", "SINCE",
            "INTERFACE", "SERVICES",
        ]
        return Table(
            columns: titles.map { .init(title: $0, alignment: $0 == "EPOCH" ? .right : .left) },
            rows: map { address in
                [
                    .init(address.address), .init(address.pool), .init(address.owner),
                    .init(address.state.rawValue, address.state.tone),
                    .init(address.reason?.rawValue), .init(address.mac),
                    .init(address.quarantineSeconds.map { lasting($0 * 1_000) }),
                    .init(address.epoch.map { String($0) }),
                    .init(address.since?.description), .init(address.interface),
                    .init(address.serviceList),
                ]
            })
    }
}

extension AddressStatus {
    fileprivate var serviceList: String? {
        services.isEmpty ? nil : services.joined(separator: ", ")
    }

    /// "unowned (NoEndpoints)"; of a conflict the rival's link address says more than its reason.
    fileprivate var stateAndCause: String {
        let cause = mac ?? reason?.rawValue
        return state.rawValue + (cause.map { " (\($0))" } ?? "")
    }
}

extension AddressStatus.State {
    fileprivate var tone: Tone {
        switch self {
        case .announced: .good
        case .unowned, .probing: .passing
        case .conflict, .quarantined: .bad
        }
    }
}

extension [MemberStatus] {
    func table(on screen: Screen) -> String {
        Table(
            columns: [
                .init(title: "MEMBER", wrapping: .anywhere(minimum: 10)), .init(title: "STATE"),
                .init(title: "LAST HEARD", alignment: .right),
                .init(title: "ADDRESSES", alignment: .right),
            ],
            rows: map { member in
                [
                    .init(member.node), .init(member.state.rawValue, member.state.tone),
                    .init(member.lastHeardMilliseconds.map(lasting)),
                    .init(String(member.addresses)),
                ]
            }
        ).text(on: screen)
    }
}

/// A time to two or three digits: "12 ms", "75 s", "12 min", "26 h".
private func lasting(_ milliseconds: Int64) -> String {
    switch milliseconds {
    case ..<10_000: "\(milliseconds) ms"
    case ..<600_000: "\(milliseconds / 1_000) s"
    case ..<36_000_000: "\(milliseconds / 60_000) min"
    default: "\(milliseconds / 3_600_000) h"
    }
}

extension MemberStatus.State {
    fileprivate var tone: Tone {
        switch self {
        case .alive: .good
        case .suspect, .leaving: .passing
        case .dead: .bad
        }
    }
}

extension [PendingService] {
    func table(on screen: Screen) -> String {
        Table(
            columns: [
                .init(title: "PENDING", wrapping: .anywhere(minimum: 16)),
                .init(title: "REASON", wrapping: .anywhere(minimum: 12)),
                .init(title: "MESSAGE", wrapping: .anywhere(minimum: 20)),
            ],
            rows: map { [.init($0.service), .init($0.reason, .passing), .init($0.message)] }
        ).text(on: screen)
    }
}

extension [ListedService] {
    /// A message is long and only in the wide table: `status` and `-o json` have it too.
    func table(on screen: Screen) -> String {
        var columns: [Table.Column] = [
            .init(title: "SERVICE", wrapping: .anywhere(minimum: 14)),
            .init(title: "ADDRESSES"),
            .init(title: "POOL", wrapping: .anywhere(minimum: 6)),
            .init(title: "STATE", wrapping: .anywhere(minimum: 11)),
        ]
        if screen.isWide { columns.append(.init(title: "MESSAGE")) }
        return Table(columns: columns, rows: map { $0.row(isWide: screen.isWide) })
            .text(on: screen)
    }
}

extension ListedService {
    fileprivate func row(isWide: Bool) -> [Table.Cell] {
        let cells: [Table.Cell] = [
            .init(service), .init(addresses.isEmpty ? nil : addresses.joined(separator: ", ")),
            .init(pool), stateCell,
        ]
        return isWide ? cells + [.init(message)] : cells
    }

    private var stateCell: Table.Cell {
        switch state {
        case .allocated:
            // A request that cannot be met leaves the address in place and says so.
            let unmet = reason.flatMap { $0 == "Allocated" ? nil : " (\($0))" }
            return .init("allocated" + (unmet ?? ""), unmet == nil ? .good : .passing)
        case .pending: return .init("pending" + (reason.map { " (\($0))" } ?? ""), .passing)
        case .foreign: return .init("foreign")
        }
    }
}
