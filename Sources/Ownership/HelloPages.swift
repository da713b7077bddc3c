import Addressing
import Wire

/// Everything that a node has to say on one link, cut into datagrams that fit.
struct HelloPages: Sendable {
    /// The sender's facts, without any list.
    let base: Hello
    /// In the order in which they are told, as far as they fit.
    let heard: [Hello.Heard]
    /// All claims of the sender, ascending by address.
    let claims: [Hello.Claim]
    var yields: [Hello.Yield] = []
    var gone: [Hello.Gone] = []
    var vouched: [Hello.Vouched] = []
    var findings: [Hello.Finding] = []

    /// Heard entries in a datagram that does not hold everything.
    static let heardMax = 40
    /// Of these, the longest silent ones, whose death others may ask about; the rest goes by turns.
    static let longestSilentMax = 24
    /// Bytes that records and changed claims may each take of a page, so that pages go on; all
    /// records were said when they were made.
    static let recordBytesMax = 300

    /// All of it in one datagram, nil when it does not fit.
    func whole() -> Hello? {
        let claimBytes = claims.count * HelloLayout.recordBytes(.ipv4(.any))
        guard claimBytes <= HelloLayout.datagramBytesMax else { return nil }
        var hello = base
        hello.heard = heard
        hello.claims = claims
        hello.coverage = Hello.everything
        hello.yields = yields
        hello.gone = gone
        hello.vouched = vouched
        hello.findings = findings
        return hello.datagramBytes <= HelloLayout.datagramBytesMax ? hello : nil
    }

    /// The regular hello: records, claims that changed lately, and one page of claims.
    func page(
        from cursor: IPAddress?, changed: [Hello.Claim]
    ) -> (hello: Hello, next: IPAddress?) {
        if let whole = whole() { return (whole, nil) }
        var room = Room(base, heard: heard.prefix(Self.heardMax))
        var records = Records(self)
        room.fillRecords(&records, bytesMax: Self.recordBytesMax)
        _ = room.fill(changed[...], bytesMax: Self.recordBytesMax)
        let next = room.fillPage(claims, from: cursor)
        return (room.hello, next)
    }

    /// Every record and each of these claims once, in as few datagrams as it takes.
    func changes(_ changed: [Hello.Claim]) -> [Hello] {
        if let whole = whole() { return [whole] }
        var room = Room(base, heard: heard.prefix(Self.heardMax))
        var hellos: [Hello] = []
        var records = Records(self)
        var rest = changed[...]
        repeat {
            room.fillRecords(&records, bytesMax: .max)
            rest = room.fill(rest, bytesMax: .max)
            hellos.append(room.hello)
            room = Room(base, heard: [])
        } while !rest.isEmpty || !records.isEmpty
        return hellos
    }

    /// Every page at once, for a peer that knows nothing.
    func everything() -> [Hello] {
        if let whole = whole() { return [whole] }
        var hellos: [Hello] = []
        var cursor: IPAddress?
        var room = Room(base, heard: heard.prefix(Self.heardMax))
        var records = Records(self)
        repeat {
            room.fillRecords(&records, bytesMax: Self.recordBytesMax)
            cursor = room.fillPage(claims, from: cursor)
            hellos.append(room.hello)
            room = Room(base, heard: [])
        } while cursor != nil
        while !records.isEmpty {
            room.fillRecords(&records, bytesMax: .max)
            hellos.append(room.hello)
            room = Room(base, heard: [])
        }
        return hellos
    }

    /// What is still to be said of the records.
    private struct Records {
        var gone: ArraySlice<Hello.Gone>
        var vouched: ArraySlice<Hello.Vouched>
        var yields: ArraySlice<Hello.Yield>
        var findings: ArraySlice<Hello.Finding>

        init(_ pages: HelloPages) {
            gone = pages.gone[...]
            vouched = pages.vouched[...]
            yields = pages.yields[...]
            findings = pages.findings[...]
        }

        var isEmpty: Bool {
            gone.isEmpty && vouched.isEmpty && yields.isEmpty && findings.isEmpty
        }
    }

    /// One datagram that is being filled.
    private struct Room {
        private(set) var hello: Hello
        private var remaining: Int

        init(_ base: Hello, heard: ArraySlice<Hello.Heard>) {
            hello = base
            hello.heard = Array(heard)
            remaining = HelloLayout.datagramBytesMax - hello.datagramBytes
        }

        private mutating func takes(_ bytes: Int, of budget: inout Int) -> Bool {
            guard bytes <= remaining, bytes <= budget else { return false }
            remaining -= bytes
            budget -= bytes
            return true
        }

        /// Takes what fits out of the records.
        mutating func fillRecords(_ records: inout Records, bytesMax: Int) {
            var budget = bytesMax
            while let gone = records.gone.first,
                takes(HelloLayout.recordBytes(gone.address), of: &budget)
            {
                hello.gone.append(gone)
                records.gone.removeFirst()
            }
            while let vouched = records.vouched.first,
                takes(HelloLayout.vouchedBytes(vouched.address), of: &budget)
            {
                hello.vouched.append(vouched)
                records.vouched.removeFirst()
            }
            while let yield = records.yields.first,
                takes(HelloLayout.recordBytes(yield.address), of: &budget)
            {
                hello.yields.append(yield)
                records.yields.removeFirst()
            }
            while let finding = records.findings.first,
                takes(HelloLayout.vouchedBytes(finding.address), of: &budget)
            {
                hello.findings.append(finding)
                records.findings.removeFirst()
            }
        }

        /// What did not fit.
        mutating func fill(
            _ claims: ArraySlice<Hello.Claim>, bytesMax: Int
        ) -> ArraySlice<Hello.Claim> {
            var budget = bytesMax
            var rest = claims
            while let claim = rest.first,
                takes(HelloLayout.recordBytes(claim.address), of: &budget)
            {
                hello.claims.append(claim)
                rest = rest.dropFirst()
            }
            return rest
        }

        /// Claims from `cursor` on, with the range that they cover; where the next page begins.
        mutating func fillPage(_ claims: [Hello.Claim], from cursor: IPAddress?) -> IPAddress? {
            let everything = Hello.everything
            let first = cursor ?? everything.lowerBound
            remaining -= 2 * HelloLayout.addressBytes(everything.upperBound)
            let start = claims.firstIndex { $0.address >= first } ?? claims.endIndex
            let rest = fill(claims[start...], bytesMax: .max)
            guard let next = rest.first else {
                hello.coverage = first...everything.upperBound
                return nil
            }
            guard let last = hello.claims.last, rest.startIndex > start else { return cursor }
            hello.coverage = first...last.address
            return min(next.address, last.address.following)
        }
    }
}

extension IPAddress {
    /// The next address in order; the last one of IPv4 is followed by the first one of IPv6, the
    /// last one of all by itself.
    var following: IPAddress {
        switch self {
        case .ipv4(let address):
            address.bits == .max
                ? .ipv6(.any) : .ipv4(IPv4Address(bits: address.bits + 1))
        case .ipv6(let address):
            address.bits == .max ? self : .ipv6(IPv6Address(bits: address.bits + 1))
        }
    }
}
