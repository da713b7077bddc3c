import Status
import Testing

@testable import heraldctl

@Suite struct TableTests {
    @Test(arguments: [
        ("fits", "one two", 7, ["one two"]),
        ("at a blank", "one two", 6, ["one", "two"]),
        ("as much as fits", "a b c d e", 3, ["a b", "c d", "e"]),
        ("within a word", "abcdefgh", 3, ["abc", "def", "gh"]),
        ("a long word after a short one", "ab cdefgh", 4, ["ab", "cdef", "gh"]),
        ("a short word after a long one", "abcdefgh ij", 5, ["abcde", "fgh", "ij"]),
        ("the rest of a long word takes more", "abcdefg hi", 6, ["abcdef", "g hi"]),
        ("empty", "", 5, [""]),
        ("empty, no width", "", 0, [""]),
    ])
    func wrapping(name: String, text: String, width: Int, lines: [String]) {
        #expect(wrap(text, to: width) == lines)
    }

    @Test func numbersAlignRightAndTextLeft() {
        let table = Table(
            columns: [.init(title: "NAME"), .init(title: "COUNT", alignment: .right)],
            rows: [[.init("a"), .init("5")], [.init("longer"), .init("1234567")]])
        #expect(
            table.text(on: Screen(isWide: false, isColoured: false)) == """
                NAME      COUNT
                a             5
                longer  1234567
                """)
    }

    @Test func escapeSequencesDoNotReachTheTerminal() {
        let table = Table(
            columns: [.init(title: "NAME")],
            rows: [[.init("a\u{1b}[2Jb\u{9b}31m\u{7f}")], [.init("c\nd\te")]])
        #expect(
            table.text(on: Screen(isWide: false, isColoured: false)) == """
                NAME
                a\u{FFFD}[2Jb\u{FFFD}31m\u{FFFD}
                c d e
                """)
    }

    /// Whatever the names are: 80 columns, and no character of them lost.
    @Test func everyTableFitsEightyColumnsAndLosesNothing() throws {
        var random = Seeded(state: 3)
        for round in 0..<40 {
            let status = randomStatus(&random)
            let screen = Screen(isWide: false, isColoured: false)
            let services = randomServices(&random)
            for text in [status.text(on: screen), services.table(on: screen)] {
                let longest = text.split(separator: "\n").map(\.count).max() ?? 0
                guard longest <= Screen.standardWidth else {
                    Issue.record("round \(round): \(longest) columns in\n\(text)")
                    return
                }
            }
            let letters = Set(status.text(on: screen).filter { $0.isLetter })
            let wideLetters = Set(
                status.text(on: Screen(isWide: true, isColoured: false)).filter { $0.isLetter })
            #expect(letters.isSubset(of: wideLetters))
            #expect(histogram(status.pending.table(on: screen)) == histogram(wide(status.pending)))
        }
    }

    private func wide(_ pending: [PendingService]) -> String {
        pending.table(on: Screen(isWide: true, isColoured: false))
    }

    /// How often each character but the blank stands there.
    private func histogram(_ text: String) -> [Character: Int] {
        text.reduce(into: [:]) { counts, character in
            if !character.isWhitespace { counts[character, default: 0] += 1 }
        }
    }

    private func randomStatus(_ random: inout Seeded) -> DaemonStatus {
        DaemonStatus(
            node: random.name(upTo: 253), role: .member, leader: random.name(upTo: 253),
            api: APIStatus(
                connected: false, server: "https://\(random.name(upTo: 200)):6443",
                staleSeconds: 99_999),
            pools: (0..<3).map { _ in
                PoolStatus(
                    name: random.name(upTo: 63),
                    ipv4: AddressCounts(
                        total: 9_007_199_254_740_990, used: 2_147_483_647, quarantined: 12_345))
            },
            addresses: (0..<4).map { _ in randomAddress(&random) },
            members: (0..<2).map { _ in
                MemberStatus(
                    node: random.name(upTo: 253), state: .suspect,
                    lastHeardMilliseconds: 35_999_999,
                    addresses: 123_456)
            },
            pending: (0..<3).map { _ in
                let words = (0..<12).map { _ in random.name(upTo: 40) }
                return PendingService(
                    service: random.name(upTo: 63) + "/" + random.name(upTo: 63),
                    reason: "SharingConflict", message: words.joined(separator: " "))
            },
            problems: [random.name(upTo: 300)])
    }

    private func randomAddress(_ random: inout Seeded) -> AddressStatus {
        let groups = (0..<8).map { _ in
            String(UInt16.random(in: 0x1000...0xFFFF, using: &random), radix: 16)
        }
        return AddressStatus(
            address: groups.joined(separator: ":"), pool: random.name(upTo: 63),
            services: (0..<3).map { _ in random.name(upTo: 63) + "/" + random.name(upTo: 63) },
            owner: random.name(upTo: 253), state: .quarantined, reason: .conflict,
            mac: "02:00:00:00:00:99")
    }

    private func randomServices(_ random: inout Seeded) -> [ListedService] {
        (0..<4).map { _ in
            ListedService(
                service: random.name(upTo: 63) + "/" + random.name(upTo: 63), state: .pending,
                addresses: ["192.0.2.1", randomAddress(&random).address],
                pool: random.name(upTo: 63), reason: "NoDualStackPool")
        }
    }
}
