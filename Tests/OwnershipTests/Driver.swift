import Addressing
import Ownership
import Timing
import Wire

/// One `Ownership` and a clock of its own: hands in events, keeps what came out.
struct Driver {
    var ownership: Ownership
    var now: Instant
    /// Every effect since the last `forget`, with its instant in milliseconds.
    private(set) var log: [(milliseconds: Int64, effect: OwnershipEffect)] = []

    init(
        _ configuration: OwnershipConfiguration = OwnershipConfiguration(node: "n1"),
        at now: Instant = .zero
    ) {
        ownership = Ownership(configuration: configuration, incarnation: 1, at: now)
        self.now = now
    }

    mutating func send(_ event: OwnershipEvent) {
        record(ownership.handle(event, at: now))
    }

    /// Lets time pass, with a turn at every deadline on the way.
    mutating func run(milliseconds: Int64) {
        let end = now + .milliseconds(milliseconds)
        while let due = ownership.nextDeadline, due <= end {
            precondition(due > now, "deadline \(due) is not later than \(now)")
            now = due
            record(ownership.handle(.deadlineReached, at: now))
        }
        now = end
    }

    mutating func forget() { log = [] }

    private mutating func record(_ effects: [OwnershipEffect]) {
        log += effects.map { ((now - .zero).milliseconds, $0) }
    }

    var effects: [OwnershipEffect] { log.map(\.effect) }

    var reports: [OwnershipReport] {
        effects.compactMap { if case .report(let report) = $0 { report } else { nil } }
    }

    /// The instants, in milliseconds, at which the address was announced.
    func announcements(of text: String) throws -> [Int64] {
        let address = try IPAddress(text)
        return log.compactMap {
            guard case .announce(let addresses, _) = $0.effect, addresses.contains(address) else {
                return nil
            }
            return $0.milliseconds
        }
    }

    /// The addresses that are answered for, as text.
    var answered: [String] { ownership.answers.entries.map { "\($0.address)@\($0.link)" } }

    /// "announced n1", "unowned NoEndpoints", by address.
    func state(_ text: String) throws -> String? {
        let address = try IPAddress(text)
        return ownership.addressStatuses().first { $0.address == address }.map {
            switch $0.state {
            case .announced: "announced \($0.owner ?? "?")"
            case .unowned(let reason): "unowned \(reason.rawValue)"
            }
        }
    }
}

/// The usual surroundings of a story.
enum Scene {
    static let ownMAC = LinkAddress(bits: 0x02_0000_0000_01)
    static let foreignMAC = LinkAddress(bits: 0x02_0000_0000_99)

    /// eth0 is link 2 with 192.0.2.0/24, eth1 is link 3 with 198.51.100.0/24.
    static func links(eth0Runs: Bool = true, eth1: Bool = false) throws -> LinkTable {
        var table = LinkTable(
            links: [
                Link(
                    index: 2, name: "eth0", address: ownMAC, isRunning: eth0Runs,
                    interfaceAddresses: [.init(try IPAddress("192.0.2.1"), prefixLength: 24)])
            ], routes: [Route(destination: try Prefix("192.0.2.0/24"), linkIndex: 2)])
        if eth1 {
            table.links.append(
                Link(
                    index: 3, name: "eth1", address: LinkAddress(bits: ownMAC.bits + 0x100),
                    isRunning: true,
                    interfaceAddresses: [.init(try IPAddress("198.51.100.1"), prefixLength: 24)]))
            table.routes.append(Route(destination: try Prefix("198.51.100.0/24"), linkIndex: 3))
        }
        return table
    }

    static func facts(
        _ address: String, nodes: [String] = ["n1"], interfaces: [String] = []
    ) throws -> AddressFacts {
        AddressFacts(
            try IPAddress(address), eligibility: .nodes(nodes.sorted()), interfaces: interfaces)
    }

    /// A frame of another host that names `address` as its own, or probes for it.
    static func frame(
        from source: LinkAddress = foreignMAC, sender: String?, target: String,
        isRequest: Bool = false
    ) throws -> NeighborFrame {
        NeighborFrame(
            link: 2, source: source, senderAddress: try sender.map { try IPAddress($0) },
            senderLinkAddress: source, targetAddress: try IPAddress(target), isRequest: isRequest)
    }

    /// A lone node that has passed its start with these addresses.
    static func started(_ addresses: [String]) throws -> Driver {
        var driver = Driver()
        driver.send(.linksChanged(try links()))
        driver.send(.viewLoaded(try addresses.map { try facts($0) }, isFresh: true))
        driver.run(milliseconds: 250)
        return driver
    }
}
