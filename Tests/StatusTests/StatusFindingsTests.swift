import Status
import Testing

@Suite struct StatusFindingsTests {
    @Test func allIsWell() {
        #expect(status().findings == [])
    }

    @Test(arguments: [
        ("announced", AddressStatus.State.announced, AddressStatus.Reason?.none, nil),
        ("asked whether anybody has it", .probing, nil, nil),
        ("a pool that is not announced", .unowned, .notAnnounced, nil),
        (
            "nobody can serve it", .unowned, .noEndpoints,
            "nobody answers for 192.0.2.16 (NoEndpoints)"
        ),
        ("nobody answers, cause unknown", .unowned, nil, "nobody answers for 192.0.2.16"),
        (
            "somebody else answers too", .conflict, .conflict,
            "02:00:00:00:00:99 also answers for 192.0.2.16"
        ),
        (
            "somebody else answers, yielded to", .conflict, .conflict,
            "nobody answers for 192.0.2.16 but 02:00:00:00:00:99, to which it was yielded"
        ),
        (
            "somebody else has it", .quarantined, .conflict,
            "192.0.2.16 is withheld (for another 540 s): 02:00:00:00:00:99 answers for it"
        ),
    ])
    func addresses(
        name: String, state: AddressStatus.State, reason: AddressStatus.Reason?, finding: String?
    ) {
        let address = AddressStatus(
            address: "192.0.2.16", pool: "public", services: [],
            owner: name.contains("yielded") ? nil : "n1", state: state, reason: reason,
            mac: "02:00:00:00:00:99", quarantineSeconds: state == .quarantined ? 540 : nil)
        #expect(status(addresses: [address]).findings == [finding].compactMap { $0 })
    }

    @Test(arguments: [
        (MemberStatus.State.alive, String?.none), (.suspect, nil), (.leaving, nil),
        (.dead, "member n2 is dead"),
    ])
    func members(state: MemberStatus.State, finding: String?) {
        let member = MemberStatus(node: "n2", state: state, lastHeardMilliseconds: 1, addresses: 0)
        #expect(status(members: [member]).findings == [finding].compactMap { $0 })
    }

    @Test func theAPI() {
        let away = APIStatus(connected: false, server: "https://192.0.2.1:6443", staleSeconds: 7)
        #expect(
            status(api: away).findings
                == [
                    "the Kubernetes API is not connected (https://192.0.2.1:6443);"
                        + " the view is 7 s old"
                ])
        let never = APIStatus(connected: false, server: nil, staleSeconds: nil)
        #expect(
            status(api: never).findings
                == [
                    "the Kubernetes API is not connected (no server is known);"
                        + " there is no view yet"
                ])
    }

    @Test func whoWaitsAndWhatElse() {
        let pending = PendingService(service: "default/db", reason: "NoPools", message: "no pools")
        #expect(
            status(leader: nil, pools: [], pending: [pending], problems: ["a file is wrong"])
                .findings == [
                    "a file is wrong", "nobody allocates: no leader is known",
                    "there are no pools", "service default/db is pending: no pools",
                ])
    }

    private func status(
        leader: String? = "n1",
        api: APIStatus = APIStatus(connected: true, server: "https://[::1]:6481", staleSeconds: 0),
        pools: [PoolStatus] = [PoolStatus(name: "public")], addresses: [AddressStatus] = [],
        members: [MemberStatus] = [], pending: [PendingService] = [], problems: [String] = []
    ) -> DaemonStatus {
        DaemonStatus(
            node: "n1", role: .leader, leader: leader, api: api, pools: pools,
            addresses: addresses, members: members, pending: pending, problems: problems)
    }
}
