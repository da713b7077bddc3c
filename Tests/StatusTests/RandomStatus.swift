import Status

/// A status of which every part that may be absent is there every other time.
func randomStatus(_ random: inout Seeded) -> DaemonStatus {
    DaemonStatus(
        node: randomText(&random), version: randomText(&random),
        role: DaemonStatus.Role.allCases.randomElement(using: &random) ?? .member,
        leader: sometimes(&random, randomText),
        api: APIStatus(
            connected: Bool.random(using: &random), server: sometimes(&random, randomText),
            staleSeconds: sometimes(&random) { Int64.random(in: 0...1_000_000, using: &$0) },
            requests: ["get", "watch"].filter { _ in Bool.random(using: &random) }.map { verb in
                APIStatus.RequestCount(
                    verb: verb, resource: "services/status",
                    count: Int64.random(in: 0...1_000_000, using: &random))
            }),
        pools: several(&random) { random in
            PoolStatus(
                name: randomText(&random), ipv4: sometimes(&random, randomCounts),
                ipv6: sometimes(&random, randomCounts))
        },
        addresses: several(&random, randomAddress),
        members: several(&random) { random in
            MemberStatus(
                node: randomText(&random),
                state: MemberStatus.State.allCases.randomElement(using: &random) ?? .alive,
                lastHeardMilliseconds: sometimes(&random) { Int64.random(in: 0...99, using: &$0) },
                addresses: Int.random(in: 0...1_000, using: &random))
        },
        pending: several(&random) { random in
            PendingService(
                service: randomText(&random), reason: randomText(&random),
                message: randomText(&random))
        },
        problems: several(&random, randomText), isDrained: Bool.random(using: &random),
        hellos: sometimes(&random) { random in
            HelloCounts(
                sent: Int64.random(in: 0...9, using: &random),
                unsent: Int64.random(in: 0...9, using: &random),
                received: Int64.random(in: 0...9, using: &random),
                refused: [.init(reason: randomText(&random), count: 1)])
        })
}

private func randomAddress(_ random: inout Seeded) -> AddressStatus {
    AddressStatus(
        address: randomText(&random), pool: randomText(&random),
        services: several(&random, randomText), owner: sometimes(&random, randomText),
        state: AddressStatus.State.allCases.randomElement(using: &random) ?? .unowned,
        reason: AddressStatus.Reason.allCases.randomElement(using: &random),
        mac: sometimes(&random, randomText),
        epoch: sometimes(&random) { UInt64.random(in: 0...(1 << 53), using: &$0) },
        since: sometimes(&random) {
            Timestamp(
                secondsSince1970: Int64.random(
                    in: Timestamp.earliest...Timestamp.latest, using: &$0))
        },
        interface: sometimes(&random, randomText), alarm: sometimes(&random, randomText))
}

private func randomCounts(_ random: inout Seeded) -> AddressCounts {
    AddressCounts(
        total: UInt128(UInt64.random(in: 0...UInt64.max, using: &random)),
        used: Int.random(in: 0...1_000, using: &random),
        quarantined: Int.random(in: 0...10, using: &random))
}

/// Any scalars: quotes, control characters, beyond the basic plane.
private func randomText(_ random: inout Seeded) -> String {
    let awkward = "\"\\/\n\r\t\u{0}\u{1b}\u{7f}\u{85}\u{2028}aä€🦉{}[]:,' ".unicodeScalars.map { $0 }
    var text = String.UnicodeScalarView()
    for _ in 0..<Int.random(in: 0...12, using: &random) {
        text.append(awkward.randomElement(using: &random) ?? "a")
    }
    return String(text)
}

private func sometimes<Value>(
    _ random: inout Seeded, _ make: (inout Seeded) -> Value
) -> Value? {
    Bool.random(using: &random) ? make(&random) : nil
}

private func several<Value>(
    _ random: inout Seeded, _ make: (inout Seeded) -> Value
) -> [Value] {
    (0..<Int.random(in: 0...3, using: &random)).map { _ in make(&random) }
}
