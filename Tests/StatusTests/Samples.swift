import Status
import Testing

/// A status to render, named in the test's output instead of printed whole.
struct NamedStatus: CustomTestStringConvertible, Sendable {
    let name: String
    let status: DaemonStatus

    var testDescription: String { name }

    static let all = [
        NamedStatus(name: "contract", status: contractStatus),
        NamedStatus(name: "full", status: fullStatus),
        NamedStatus(name: "empty", status: emptyStatus),
    ]
}

/// The status that DESIGN's contract shows, as a value.
let contractStatus = DaemonStatus(
    node: "n1", version: "0.1.0", role: .leader, leader: "n1",
    api: APIStatus(connected: true, server: "https://127.0.0.1:6481", staleSeconds: 0),
    pools: [
        PoolStatus(
            name: "public",
            ipv4: AddressCounts(total: 16, used: 2, available: 14, quarantined: 0))
    ],
    addresses: [
        AddressStatus(
            address: "192.0.2.16", pool: "public", services: ["default/web"], owner: "n2",
            state: .announced, epoch: 3, since: Timestamp("2026-01-02T03:04:05Z"),
            interface: "eth0")
    ],
    members: [
        MemberStatus(node: "n2", state: .alive, lastHeardMilliseconds: 12, addresses: 1)
    ],
    pending: [
        PendingService(
            service: "default/db", reason: "PoolExhausted",
            message: "pool public has no free IPv4 address")
    ])

/// One of everything: every state and reason, both families, absent fields, awkward text.
let fullStatus = DaemonStatus(
    node: "n3", version: "0.1.0", role: .member, leader: nil,
    api: APIStatus(
        connected: false, server: "https://192.0.2.1:6443", staleSeconds: 75,
        requests: [
            .init(verb: "watch", resource: "services", count: 11),
            .init(verb: "patch", resource: "services/status", count: 4_700),
        ]),
    pools: [
        PoolStatus(
            name: "public", ipv4: AddressCounts(total: 16, used: 5, quarantined: 1),
            ipv6: AddressCounts(total: UInt128(1) << 64, used: 1, quarantined: 0)),
        PoolStatus(name: "lab", ipv6: AddressCounts(total: 256, used: 0, quarantined: 0)),
    ],
    addresses: [
        AddressStatus(
            address: "192.0.2.16", pool: "public", services: ["default/api", "default/web"],
            owner: "n3", state: .announced, epoch: 4,
            since: Timestamp(secondsSince1970: 1_767_323_045), interface: "eth0"),
        AddressStatus(
            address: "192.0.2.17", pool: "public", services: ["default/idle"], state: .unowned,
            reason: .noEndpoints, epoch: 1),
        AddressStatus(
            address: "192.0.2.18", pool: "public", services: ["default/new"], state: .probing,
            reason: .notAnnounced),
        AddressStatus(
            address: "192.0.2.19", pool: "public", services: ["shop/till"], owner: "n2",
            state: .conflict, reason: .conflict, mac: "02:00:00:00:00:99", epoch: 2),
        AddressStatus(
            address: "192.0.2.20", pool: "public", services: [], state: .quarantined,
            reason: .conflict, mac: "02:00:00:00:00:98", quarantineSeconds: 540),
        AddressStatus(
            address: "192.0.2.22", pool: "public", services: ["shop/till"], state: .conflict,
            reason: .conflict, mac: "02:00:00:00:00:97", epoch: 1),
        AddressStatus(
            address: "192.0.2.21", pool: "public", services: ["a/local", "b/local"],
            state: .unowned, reason: .noCommonNode),
        AddressStatus(
            address: "2001:db8:0:1::", pool: "public", services: ["default/web"],
            state: .unowned, reason: .noCandidate),
    ],
    members: [
        MemberStatus(node: "n1", state: .dead, lastHeardMilliseconds: 75_310, addresses: 0),
        MemberStatus(node: "n2", state: .suspect, lastHeardMilliseconds: 180, addresses: 1),
        MemberStatus(node: "n4", state: .leaving, lastHeardMilliseconds: nil, addresses: 0),
    ],
    pending: [
        PendingService(
            service: "default/db", reason: "PoolExhausted",
            message: "pool public has no free IPv4 address"),
        PendingService(
            service: "shop/cart", reason: "InvalidRequest",
            message: "annotation herald.dev/addresses: \"not\\an\naddress\" is not an address"),
        PendingService(
            service: "shop/mail", reason: "PoolExhausted",
            message: "pool public has no free IPv4 address"),
    ],
    problems: ["/etc/herald/pools/lab.yaml:3:5: unknown key \"addreses\""], isDrained: true,
    hellos: HelloCounts(
        sent: 1_200, unsent: 3, received: 1_100,
        refused: [.init(reason: "otherKey", count: 20), .init(reason: "forged", count: 1)]))

/// A daemon that has just started and knows nothing yet.
let emptyStatus = DaemonStatus(
    node: "n1", version: "0.1.0", role: .member, leader: nil,
    api: APIStatus(connected: false, server: nil, staleSeconds: nil), pools: [], addresses: [],
    members: [], pending: [])

let sampleHistory = MoveHistory(moves: [
    Move(
        time: Timestamp(secondsSince1970: 1_767_323_045), address: "192.0.2.16", from: nil,
        to: "n2", cause: "claimedFree"),
    Move(
        time: Timestamp(secondsSince1970: 1_767_323_050), address: "192.0.2.16", from: "n2",
        to: "n3", cause: "ownerDead", milliseconds: 231),
    Move(
        time: Timestamp(secondsSince1970: 1_767_323_060), address: "192.0.2.16", from: "n3",
        to: nil, cause: "released"),
])

let samplePlan = RebalancePlan(moves: [
    PlannedMove(address: "192.0.2.16", from: "n1", to: "n3")
])

let sampleListing = ServiceListing(services: [
    ListedService(
        service: "default/db", state: .pending, reason: "PoolExhausted",
        message: "pool public has no free IPv4 address"),
    ListedService(service: "default/legacy", state: .foreign, addresses: ["198.51.100.7"]),
    ListedService(
        service: "default/web", state: .allocated, addresses: ["192.0.2.16", "2001:db8:0:1::"],
        pool: "public", reason: "Allocated", message: "192.0.2.16 from pool public"),
])
