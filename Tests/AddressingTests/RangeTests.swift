import Testing

@testable import Addressing

@Suite struct RangeTests {
    @Test(arguments: [
        ("192.0.2.77/24", "192.0.2.0/24", "192.0.2.255"),
        ("192.0.2.1/32", "192.0.2.1/32", "192.0.2.1"),
        ("10.0.0.1/0", "0.0.0.0/0", "255.255.255.255"),
        ("2001:db8::5/112", "2001:db8::/112", "2001:db8::ffff"),
        ("::/0", "::/0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ])
    func prefixEndsAtItsLastAddress(given: String, canonical: String, last: String) throws {
        let prefix = try Prefix(given)
        #expect("\(prefix)" == canonical)
        #expect("\(prefix.lastAddress)" == last)
        #expect(prefix.contains(prefix.address) && prefix.contains(prefix.lastAddress))
    }

    @Test(arguments: [
        "192.0.2.0", "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/-1", "::/129", "x/24", "::/+1",
    ])
    func whatIsNoPrefixIsRefused(text: String) {
        #expect(throws: AddressParseError.self) { try Prefix(text) }
    }

    @Test(arguments: [
        ("192.0.2.16-192.0.2.31", UInt128(16)),
        ("192.0.2.16 - 192.0.2.31", 16),
        ("192.0.2.0/24", 256),
        ("192.0.2.1", 1),
        ("2001:db8::/64", 1 << 64),
        ("::/0", UInt128.max),
    ])
    func rangeCountsItsAddresses(text: String, count: UInt128) throws {
        #expect(try AddressRange(text).count == count)
    }

    @Test(arguments: [
        ("192.0.2.31-192.0.2.16", "reversed"), ("192.0.2.1-2001:db8::1", "mixes"),
        ("192.0.2.1-", "not an IPv4"), ("-", "not an IPv4"), ("a-b-c", "not an IPv4"),
    ])
    func refusedRangeSaysWhy(text: String, reason: String) {
        #expect { try AddressRange(text) } throws: { "\($0)".contains(reason) }
    }

    @Test func rangesOverlapWhenTheyShareAnAddress() throws {
        let range = try AddressRange("192.0.2.16-192.0.2.31")
        #expect(range.overlaps(try AddressRange("192.0.2.31")))
        #expect(range.overlaps(try AddressRange("192.0.2.0/24")))
        #expect(!range.overlaps(try AddressRange("192.0.2.32-192.0.2.40")))
        #expect(!range.overlaps(try AddressRange("::/0")))
    }
}
