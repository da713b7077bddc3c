import Addressing
import Testing

@testable import Wire

@Suite struct EchoRequestTests {
    static let ours = LinkAddress(bits: 0x0200_5E00_5301)
    static let theirs = LinkAddress(bits: 0x0200_5E00_53FF)

    /// As ping sends it, and the answer, both reckoned without Herald: identifier 1, sequence 2, "abc".
    static let goldens: [(String, String, String)] = [
        (
            "IPv4: RFC 792",
            """
            02005e005301 02005e0053ff 0800 4500 001f beef 4000 40 01 f7db c0000202 c0000210
            08 00 339a 0001 0002 616263
            """,
            """
            02005e0053ff 02005e005301 0800 4500 001f 0000 4000 40 01 b6cb c0000210 c0000202
            00 00 3b9a 0001 0002 616263
            """
        ),
        (
            "IPv6: RFC 4443 §4.1, §4.2",
            """
            02005e005301 02005e0053ff 86dd 60000000 000b 3a 40
            20010db8000000000000000000000002 20010db8000000000000000000000016
            80 00 5fca 0001 0002 616263
            """,
            """
            02005e0053ff 02005e005301 86dd 60000000 000b 3a 40
            20010db8000000000000000000000016 20010db8000000000000000000000002
            81 00 5eca 0001 0002 616263
            """
        ),
    ]

    @Test(arguments: goldens)
    func theAnswerGivesBackWhatWasAsked(row: String, request: String, reply: String) throws {
        let padding = [UInt8](repeating: 0xA5, count: 9)
        let answer = try Self.bytes(request) + padding
        #expect(try Self.reply(to: answer) == Self.bytes(reply), "\(row)")
    }

    /// Offset, what is there instead, and the error. Checksums stay as they were: those come last.
    @Test(arguments: [
        (0, 12, UInt8(0x08), UInt8(0x06), "EtherType: found 2054, wanted IPv4 or IPv6"),
        (0, 14, 0x45, 0x65, "IPv4 version: found 6, wanted 4"),
        (0, 14, 0x45, 0x44, "IPv4 header length: found 16, wanted 20 or more"),
        (0, 14, 0x45, 0x4F, "IPv4 header: needs 60 bytes"),
        (0, 22, 0x40, 0x41, "IPv4 header checksum"),
        (0, 43, 0x62, 0x63, "ICMP checksum"),
        (0, 34, 0x08, 0x00, "ICMP type: found 0, wanted 8"),
        (0, 35, 0x00, 0x01, "ICMP code: found 1, wanted 0"),
        (1, 14, 0x60, 0x50, "IPv6 version: found 5, wanted 6"),
        (1, 20, 0x3A, 0x06, "IPv6 next header: found 6, wanted 58"),
        (1, 54, 0x80, 0x81, "ICMP type: found 129, wanted 128"),
        (1, 38, 0x20, 0x21, "ICMP checksum"),
    ])
    func whatIsNoPingIsRefused(
        golden: Int, offset: Int, was: UInt8, byte: UInt8, text: String
    ) throws {
        var bytes = try Self.bytes(Self.goldens[golden].1)
        if offset != 12 { #expect(bytes[offset] == was) }
        if offset == 12 {
            bytes.replaceSubrange(12...13, with: [was, byte])
        } else {
            bytes[offset] = byte
        }
        let error = #expect(throws: ParseError.self) { try Self.reply(to: bytes) }
        #expect("\(try #require(error))".hasPrefix(text))
    }

    /// RFC 792 knows of fragments; a part of a ping is not answered.
    @Test(arguments: [UInt16(0x2000), 0x0001, 0x3FFF])
    func fragmentsAreRefused(field: UInt16) throws {
        var bytes = try Self.bytes(Self.goldens[0].1)
        bytes.replaceSubrange(20...21, with: [UInt8(field >> 8), UInt8(truncatingIfNeeded: field)])
        bytes.replaceSubrange(24...25, with: [0, 0])
        var sum = InternetChecksum()
        bytes[14..<34].withUnsafeBytes { sum.add($0) }
        bytes.replaceSubrange(
            24...25, with: [UInt8(sum.field >> 8), UInt8(truncatingIfNeeded: sum.field)])
        let error = #expect(throws: ParseError.self) { try Self.reply(to: bytes) }
        #expect("\(try #require(error))".hasPrefix("IPv4 fragment offset"))
    }

    @Test func everyShorterFrameIsRefused() throws {
        for golden in Self.goldens {
            let bytes = try Self.bytes(golden.1)
            for count in 0..<bytes.count {
                #expect(throws: ParseError.self) { try Self.reply(to: Array(bytes[..<count])) }
            }
        }
    }

    /// Seeded, so that a failure can be seen again.
    @Test func randomBytesNeverTrap() throws {
        var random = SplitMix64(state: 0x4845_5241_4C44)
        var answered = 0
        for round in 0..<20_000 {
            var bytes = try Self.bytes(Self.goldens[round % 2].1)
            for _ in 0..<Int.random(in: 0...2, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
                    in: 0...255, using: &random)
            }
            if (try? Self.reply(to: bytes)) != nil { answered += 1 }
        }
        #expect(answered > 5_000)
    }

    static func reply(to bytes: [UInt8]) throws -> [UInt8] {
        try bytes.withUnsafeBytes { bytes in
            let request = try EchoRequest(parsing: bytes)
            #expect(request.replyBytes <= bytes.count)
            var buffer = [UInt8](repeating: 0xA5, count: request.replyBytes)
            return buffer.withUnsafeMutableBytes { Array(request.reply(into: $0)) }
        }
    }

    static func bytes(_ hexadecimal: String) throws -> [UInt8] {
        let digits = Array(hexadecimal.filter { !$0.isWhitespace })
        return try stride(from: 0, to: digits.count, by: 2).map {
            try #require(UInt8(String(digits[$0...$0 + 1]), radix: 16))
        }
    }
}
