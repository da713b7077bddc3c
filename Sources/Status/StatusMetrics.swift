extension DaemonStatus {
    /// Media type of `openMetrics`.
    package static let openMetricsContentType =
        "application/openmetrics-text; version=1.0.0; charset=utf-8"

    /// The status as `/metrics` shows it (OpenMetrics 1.0, names `herald_*`, sorted by subject).
    package var openMetrics: String {
        var metrics = OpenMetrics()
        appendDaemon(to: &metrics)
        appendPools(to: &metrics)
        appendAddresses(to: &metrics)
        appendMembers(to: &metrics)
        appendHellos(to: &metrics)
        appendPending(to: &metrics)
        return metrics.finished
    }

    private func appendDaemon(to metrics: inout OpenMetrics) {
        metrics.info(
            "herald_daemon", help: "The daemon that answers.",
            labels: ["node": node, "version": version])
        metrics.gauge(
            "herald_leader", help: "1 if this daemon allocates addresses.",
            [.init(role == .leader ? 1 : 0)])
        metrics.gauge(
            "herald_api_connected", help: "1 if the Kubernetes API answers this daemon.",
            [.init(api.connected ? 1 : 0)])
        metrics.gauge(
            "herald_api_stale_seconds", unit: "seconds",
            help: "Age of this daemon's view of the API.",
            api.staleSeconds.map { [.init($0)] } ?? [])
        metrics.counter(
            "herald_api_requests", help: "Requests sent to the Kubernetes API.",
            api.requests.map { .init($0.count, ["verb": $0.verb, "resource": $0.resource]) })
        metrics.gauge(
            "herald_problems", help: "What else the daemon finds wrong; heraldctl status says it.",
            [.init(problems.count)])
    }

    private func appendPools(to metrics: inout OpenMetrics) {
        let kinds: [(name: String, help: String, count: KeyPath<AddressCounts, AddressCount>)] = [
            ("herald_pool_addresses", "Addresses that the pool may hand out.", \.total),
            ("herald_pool_addresses_used", "Addresses held by services.", \.used),
            ("herald_pool_addresses_available", "Addresses free to hand out.", \.available),
            (
                "herald_pool_addresses_quarantined",
                "Addresses withheld because a foreign host answers for them.", \.quarantined
            ),
        ]
        for kind in kinds {
            metrics.gauge(
                kind.name, help: kind.help,
                pools.flatMap { pool in
                    pool.families.map { family in
                        .init(
                            family.counts[keyPath: kind.count].value,
                            ["pool": pool.name, "family": family.name])
                    }
                })
        }
    }

    private func appendAddresses(to metrics: inout OpenMetrics) {
        metrics.gauge(
            "herald_addresses", help: "Addresses by state.",
            AddressStatus.State.allCases.map { state in
                .init(addresses.count { $0.state == state }, ["state": state.rawValue])
            })
        metrics.gauge(
            "herald_address_announced",
            help: "1 if a node answers for the address; the reason if none does.",
            addresses.map { address in
                .init(
                    address.state == .announced ? 1 : 0,
                    [
                        "address": address.address, "pool": address.pool, "owner": address.owner,
                        "reason": address.reason?.rawValue,
                    ])
            })
        metrics.gauge(
            "herald_address_conflict",
            help: "1 for each address that a foreign host uses, with its link address.",
            addresses.filter { $0.state == .conflict || $0.state == .quarantined }.map {
                .init(1, ["address": $0.address, "pool": $0.pool, "mac": $0.mac])
            })
        metrics.gauge(
            "herald_address_alarm",
            help: "1 while who answers on the wire is not who has the address.",
            addresses.compactMap { address in
                address.alarm.map { .init(1, ["address": address.address, "alarm": $0]) }
            })
        metrics.gauge(
            "herald_address_epoch", help: "Epoch of the standing claim; grows with every move.",
            addresses.compactMap { address in
                address.epoch.map { .init($0, ["address": address.address]) }
            })
    }

    private func appendMembers(to metrics: inout OpenMetrics) {
        metrics.gauge(
            "herald_members", help: "Other nodes on the segment by state.",
            MemberStatus.State.allCases.map { state in
                .init(members.count { $0.state == state }, ["state": state.rawValue])
            })
        metrics.gauge(
            "herald_member_last_heard_seconds", unit: "seconds",
            help: "Age of the member's last hello.",
            members.compactMap { member in
                member.lastHeardMilliseconds.map {
                    .init(Double($0) / 1_000, ["member": member.node])
                }
            })
        metrics.gauge(
            "herald_member_addresses", help: "Addresses that the member answers for.",
            members.map { .init($0.addresses, ["member": $0.node]) })
    }

    private func appendHellos(to metrics: inout OpenMetrics) {
        guard let hellos else { return }
        metrics.counter(
            "herald_hello_sent", help: "Hellos sent, one a destination.", [.init(hellos.sent)])
        metrics.counter(
            "herald_hello_unsent", help: "Hellos that the kernel did not take.",
            [.init(hellos.unsent)])
        metrics.counter(
            "herald_hello_received", help: "Hellos of peers that were understood.",
            [.init(hellos.received)])
        metrics.counter(
            "herald_hello_refused", help: "Datagrams on the hello port that were not, by reason.",
            hellos.refused.map { .init($0.count, ["reason": $0.reason]) })
    }

    private func appendPending(to metrics: inout OpenMetrics) {
        let reasons = Set(pending.map(\.reason)).sorted()
        metrics.gauge(
            "herald_services_pending", help: "Services that wait for an address, by reason.",
            reasons.map { reason in
                .init(pending.count { $0.reason == reason }, ["reason": reason])
            })
    }
}
