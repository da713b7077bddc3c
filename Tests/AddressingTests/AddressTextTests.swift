import Testing

@testable import Addressing

@Suite struct AddressTextTests {
    @Test(arguments: [
        "0.0.0.0", "192.0.2.16", "255.255.255.255", "::", "::1", "1::", "2001:db8::1",
        "2001:db8:0:1:1:1:1:1", "2001:0:0:1::1", "::ffff:192.0.2.1", "fe80::1:0:0:1",
    ])
    func canonicalTextComesBackUnchanged(text: String) throws {
        #expect("\(try IPAddress(text))" == text)
    }

    /// RFC 5952 §4, one row a recommendation.
    @Test(arguments: [
        ("2001:0db8::0001", "2001:db8::1"),
        ("2001:db8:0:0:0:0:2:1", "2001:db8::2:1"),
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
        ("2001:DB8::A", "2001:db8::a"),
        ("0:0:0:0:0:ffff:192.0.2.1", "::ffff:192.0.2.1"),
        ("1:2:3:4:5:6:7:0", "1:2:3:4:5:6:7:0"),
    ])
    func everySpellingHasOneCanonicalText(given: String, canonical: String) throws {
        #expect("\(try IPv6Address(given))" == canonical)
    }

    @Test(arguments: [
        "", "1", "1.2.3", "1.2.3.4.5", "256.0.0.1", "01.2.3.4", "1..2.3", "+1.2.3.4", " 1.2.3.4",
        ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "::12345", "g::",
        "fe80::1%eth0",
        "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3", "::+1", "1:2:3:4:5:6:7:8::", "::1.2.3.4:5",
    ])
    func whatIsNoAddressIsRefused(text: String) {
        #expect(throws: AddressParseError.self) { try IPAddress(text) }
    }

    @Test(arguments: ["00:00:5e:00:53:01", "ff:ff:ff:ff:ff:ff"])
    func linkAddressComesBackUnchanged(text: String) throws {
        #expect("\(try LinkAddress(text))" == text)
    }

    @Test(arguments: [
        "", "00:00:5e:00:53", "00:00:5e:00:53:01:02", "0:0:5e:0:53:1", "xx:00:5e:00:53:01",
    ])
    func whatIsNoLinkAddressIsRefused(text: String) {
        #expect(throws: AddressParseError.self) { try LinkAddress(text) }
    }

    @Test func groupAddressesAreMulticast() throws {
        #expect(LinkAddress.broadcast.isMulticast)
        #expect(try LinkAddress("33:33:00:00:00:01").isMulticast)
        #expect(try !LinkAddress("02:00:5e:00:53:01").isMulticast)
    }
}
