import Addressing
import Testing
import Wire

@testable import Ownership

/// What does not fit in one datagram goes into several; none is ever too long.
@Suite struct HelloPagesTests {
    private func base(node: String = "n1") -> Hello {
        Hello(
            node: node, incarnation: 1, sequence: 0, periodMilliseconds: 50, misses: 5,
            linkAddress: LinkAddress(bits: 1))
    }

    private func claims(_ count: Int, ipv6: Bool = false) -> [Hello.Claim] {
        (0..<count).map { number in
            let address: IPAddress =
                ipv6
                ? .ipv6(IPv6Address(bits: UInt128(0x2001_0DB8) << 96 | UInt128(number)))
                : .ipv4(IPv4Address(bits: 0xC000_0200 + UInt32(number)))
            return .init(address, epoch: 1, isStrong: true)
        }
    }

    private func heard(_ count: Int) -> [Hello.Heard] {
        (0..<count).map { .init(nodeTag: UInt64($0), incarnation: 1, ageMilliseconds: 9) }
    }

    @Test func whatFitsIsCompleteInOne() throws {
        let pages = HelloPages(base: base(), heard: heard(2), claims: claims(100))
        let hello = try #require(pages.whole())
        #expect(hello.coverage == Hello.everything)
        #expect(hello.claims.count == 100)
        #expect(pages.everything() == [hello])
        #expect(pages.changes([]) == [hello])
    }

    @Test(arguments: [(150, false, 2), (1_000, false, 60), (1_000, true, 99), (120, false, 100)])
    func pagesCoverEveryAddressExactlyOnce(count: Int, isIPv6: Bool, peers: Int) {
        let claims = claims(count, ipv6: isIPv6)
        var pages = HelloPages(base: base(), heard: heard(peers), claims: claims)
        pages.yields = claims.prefix(300).map { .init($0.address, epoch: 1) }
        let hellos = pages.everything()
        #expect(hellos.count > 1)
        #expect(hellos.allSatisfy { $0.datagramBytes <= HelloLayout.datagramBytesMax })
        #expect(hellos.flatMap(\.claims) == claims)
        #expect(hellos.flatMap(\.yields) == pages.yields)
        let coverages = hellos.compactMap(\.coverage)
        #expect(coverages.first?.lowerBound == Hello.everything.lowerBound)
        #expect(coverages.last?.upperBound == Hello.everything.upperBound)
        for (earlier, later) in zip(coverages, coverages.dropFirst()) {
            #expect(earlier.upperBound.following == later.lowerBound)
        }
        #expect(hellos.first?.heard.count == min(peers, HelloPages.heardMax))
    }

    /// A node that loses hundreds of addresses at once says so of each: the winner announces again
    /// what it hears to be given up.
    @Test(arguments: [(40, 0), (300, 20), (1_000, 1_000)])
    func everyRecordIsSaidWhenItIsMade(count: Int, changed: Int) {
        let claims = claims(count)
        var pages = HelloPages(base: base(), heard: heard(9), claims: [])
        pages.yields = claims.map { .init($0.address, epoch: 1) }
        pages.gone = claims.map { .init($0.address, epoch: 2) }
        pages.vouched = claims.map { .init($0.address, epoch: 3, isStrong: true, ownerTag: 7) }
        pages.findings = claims.map { .init($0.address, epoch: 4, isAnswered: false) }
        let hellos = pages.changes(Array(claims.prefix(changed)))
        #expect(hellos.allSatisfy { $0.datagramBytes <= HelloLayout.datagramBytesMax })
        #expect(hellos.flatMap(\.yields) == pages.yields)
        #expect(hellos.flatMap(\.gone) == pages.gone)
        #expect(hellos.flatMap(\.vouched) == pages.vouched)
        #expect(hellos.flatMap(\.findings) == pages.findings)
        #expect(hellos.flatMap(\.claims) == Array(claims.prefix(changed)))
    }

    @Test func theRegularHelloTurnsThePages() {
        let claims = claims(500)
        let pages = HelloPages(base: base(), heard: heard(9), claims: claims)
        var cursor: IPAddress?
        var seen: [Hello.Claim] = []
        repeat {
            let (hello, next) = pages.page(from: cursor, changed: [])
            #expect(hello.datagramBytes <= HelloLayout.datagramBytesMax)
            seen += hello.claims
            cursor = next
        } while cursor != nil
        #expect(seen == claims)
    }

    @Test func changedClaimsGoFirstAndDoNotStopThePages() {
        let claims = claims(500)
        let changed = Array(claims.suffix(200))
        let pages = HelloPages(base: base(), heard: [], claims: claims)
        let (hello, next) = pages.page(from: nil, changed: changed)
        #expect(hello.claims.first == changed.first)
        #expect(hello.claims.contains(claims[0]))
        #expect(next != nil)
        let all = pages.changes(changed)
        #expect(all.allSatisfy { $0.coverage == nil })
        #expect(all.flatMap(\.claims) == changed)
    }

    @Test func aPageThatWasReleasedMeanwhileStillCoversItsRange() {
        let before = HelloPages(base: base(), heard: [], claims: claims(500))
        let (_, next) = before.page(from: nil, changed: [])
        let after = HelloPages(base: base(), heard: [], claims: Array(claims(200).prefix(150)))
        let (hello, end) = after.page(from: next, changed: [])
        #expect(hello.coverage?.lowerBound == next)
        #expect(hello.claims.allSatisfy { $0.address >= next ?? $0.address })
        #expect(end == nil)
    }

    @Test func theLongestNodeNameLeavesRoom() {
        let name = String(repeating: "n", count: Hello.nodeBytesMax)
        var long = base(node: name)
        long.addresses = (0..<8).map { .ipv6(IPv6Address(bits: UInt128($0))) }
        let pages = HelloPages(base: long, heard: heard(100), claims: claims(1_000, ipv6: true))
        let hellos = pages.everything()
        #expect(hellos.allSatisfy { $0.datagramBytes <= HelloLayout.datagramBytesMax })
        #expect(hellos.flatMap(\.claims).count == 1_000)
    }

    @Test(arguments: [
        ("192.0.2.1", "192.0.2.2"), ("192.0.2.255", "192.0.3.0"), ("255.255.255.255", "::"),
        ("::1", "::2"),
        (
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
        ),
    ])
    func following(address: String, next: String) throws {
        #expect(try IPAddress(address).following == IPAddress(next))
    }
}
