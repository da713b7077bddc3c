import Status

extension [Move] {
    func table(on screen: Screen) -> String {
        Table(
            columns: [
                .init(title: "TIME"), .init(title: "ADDRESS"),
                .init(title: "FROM", wrapping: .anywhere(minimum: 6)),
                .init(title: "TO", wrapping: .anywhere(minimum: 6)), .init(title: "CAUSE"),
                .init(title: "TOOK", alignment: .right),
            ],
            rows: map { move in
                [
                    .init(move.time.description), .init(move.address), .init(move.from),
                    .init(move.to, move.to == nil ? .passing : .plain), .init(move.cause),
                    .init(move.milliseconds.map { "\($0) ms" }),
                ]
            }
        ).text(on: screen)
    }
}

extension [PlannedMove] {
    func table(on screen: Screen) -> String {
        Table(
            columns: [
                .init(title: "ADDRESS"), .init(title: "FROM", wrapping: .anywhere(minimum: 6)),
                .init(title: "TO", wrapping: .anywhere(minimum: 6)),
            ],
            rows: map { [.init($0.address), .init($0.from), .init($0.to)] }
        ).text(on: screen)
    }
}
