import Addressing
import Testing
import Wire

/// Findings have the form of vouched records for nodes that nobody ever met: parsers that know no
/// findings read them as such, and ignore them.
@Suite struct HelloFindingTests {
    private static func hello() throws -> Hello {
        var hello = HelloScene.smallest()
        hello.vouched = [
            .init(try IPAddress("192.0.2.18"), epoch: 3, isStrong: true, ownerTag: 42)
        ]
        hello.findings = [
            .init(try IPAddress("192.0.2.16"), epoch: 4, isAnswered: false),
            .init(try IPAddress("2001:db8::16"), epoch: 5, isAnswered: true),
        ]
        return hello
    }

    @Test func theyComeBackAsTheyWere() throws {
        let keyring = try HelloScene.keyring()
        let hello = try Self.hello()
        let bytes = keyring.seal(hello)
        #expect(bytes.count == hello.datagramBytes)
        #expect(HelloScene.opened(bytes, by: keyring) == .success(hello))
    }

    @Test func toAnOlderParserTheyAreVouchedForNobodyItKnows() throws {
        let bytes = try HelloScene.keyring().seal(try Self.hello())
        #expect(bytes[74] == 0 && bytes[75] == 3, "the number of vouched counts them")
        // Node name 1, then vouched of 17 bytes, then the findings of 17 and of 29.
        let records = 76 + 1
        let (first, second) = (records + 17, records + 34)
        #expect(Array(bytes[first..<first + 9]) == [0, 192, 0, 2, 16, 0, 0, 0, 4])
        #expect(Array(bytes[first + 9..<first + 17]) == [0, 0, 0, 0, 0, 0, 0, 0])
        #expect(bytes[second] == 1)
        #expect(Array(bytes[second + 21..<second + 29]) == [0, 0, 0, 0, 0, 0, 0, 1])
    }

    @Test func theyComeLastAndNobodyMakesThemStrong() throws {
        let keyring = try HelloScene.keyring()
        let records = 76 + 1
        let rows: [(String, (inout [UInt8]) -> Void)] = [
            ("a strong finding", { $0[records + 17] |= 2 }),
            ("vouched after a finding", { $0[records + 16] = 0 }),
        ]
        for (row, edit) in rows {
            var hello = try Self.hello()
            if row.hasPrefix("vouched") {
                hello.vouched[0].ownerTag = 2
                hello.vouched[0].isStrong = false
                hello.vouched.append(
                    .init(try IPAddress("192.0.2.19"), epoch: 3, isStrong: false, ownerTag: 42))
            }
            let bytes = try Resealed.edit(keyring.seal(hello), key: "a", edit)
            #expect(HelloScene.opened(bytes, by: keyring) == .failure(.malformed), "\(row)")
        }
    }
}
