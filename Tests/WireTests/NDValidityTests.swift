import Addressing
import Testing

@testable import Wire

/// Each sentence of RFC 4861 §7.1.1 and §7.1.2 by which a message is discarded, or is not.
@Suite struct NDValidityTests {
    typealias Change = @Sendable (inout [UInt8]) -> Void

    struct Row: Sendable, CustomTestStringConvertible {
        let sentence: String
        let frame: NDFrame
        let change: Change
        /// Nil: it is valid.
        let error: String?
        var isChecksumCorrected = true

        var testDescription: String { sentence }
    }

    /// Offsets from the front of the frame.
    enum Offset {
        static let version = 14
        static let payloadLength = 19
        static let nextHeader = 20
        static let hopLimit = 21
        static let source = 22
        static let destination = 38
        static let type = 54
        static let code = 55
        static let checksum = 56
        static let reserved = 58
        static let target = 62
        static let option = 78
    }

    static let request = NDTests.request
    static let probe = NDTests.probe
    static let answer = NDTests.request.advertisement(from: NDTests.ours)
    static let unsolicited = NDFrame.unsolicited(for: NDTests.address, from: NDTests.theirs)

    /// An option of 8 bytes at the end.
    static func append(_ type: UInt8, _ units: UInt8) -> Change {
        { bytes in
            bytes += [type, units, 0, 0, 0, 0, 0, 0]
            bytes[Offset.payloadLength] += 8
        }
    }

    static func set(_ offset: Int, _ byte: UInt8) -> Change { { $0[offset] = byte } }

    static let ofEither: [Row] = [request, answer].flatMap { frame in
        [
            Row(
                sentence: "The IP Hop Limit field has a value of 255", frame: frame,
                change: set(Offset.hopLimit, 254), error: "IPv6 hop limit: found 254, wanted 255"),
            Row(
                sentence: "ICMP Checksum is valid", frame: frame,
                change: { $0[Offset.checksum] ^= 1 },
                error: "ICMPv6 checksum", isChecksumCorrected: false),
            Row(
                sentence: "ICMP Code is 0", frame: frame, change: set(Offset.code, 1),
                error: "ICMPv6 code: found 1, wanted 0"),
            Row(
                sentence: "ICMP length (derived from the IP length) is 24 or more octets",
                frame: frame,
                change: { bytes in
                    bytes.removeLast(9)
                    bytes[Offset.payloadLength] = 23
                }, error: "ND target: needs 16 bytes, 15 are left"),
            Row(
                sentence: "Target Address is not a multicast address", frame: frame,
                change: set(Offset.target, 0xFF), error: "ND target: found 255, wanted no group"),
            Row(
                sentence: "All included options have a length that is greater than zero",
                frame: frame, change: append(14, 0),
                error: "ND option length: found 0, wanted 1 or more"),
            Row(
                sentence: "an option ends where the message does", frame: frame,
                change: append(14, 2), error: "ND option: needs 14 bytes, 6 are left"),
            Row(
                sentence: "The contents of the Reserved field MUST be ignored", frame: frame,
                change: set(Offset.reserved + 3, 0xFF), error: nil),
            Row(
                sentence: "The contents of any unrecognized options MUST be ignored", frame: frame,
                change: append(99, 1), error: nil),
            Row(
                sentence: "defined options not specified for the message MUST be ignored: prefix",
                frame: frame, change: append(3, 1), error: nil),
            Row(
                sentence: "a link-layer address is six bytes on Ethernet (RFC 2464 §6)",
                frame: frame,
                change: { bytes in
                    bytes += [0, 0, 0, 0, 0, 0, 0, 0]
                    bytes[Offset.payloadLength] += 8
                    bytes[Offset.option + 1] = 2
                }, error: "ND link-layer address option length: found 2, wanted 1"),
            Row(
                sentence: "it is IPv6", frame: frame, change: set(Offset.version, 0x40),
                error: "IPv6 version: found 4, wanted 6"),
            Row(
                sentence: "it is ICMPv6 and nothing before that", frame: frame,
                change: set(Offset.nextHeader, 0), error: "IPv6 next header: found 0, wanted 58"),
            Row(
                sentence: "it is one of the two", frame: frame, change: set(Offset.type, 134),
                error: "ICMPv6 type: found 134, wanted 135 or 136 (ND)"),
            Row(
                sentence: "no group sends", frame: frame, change: set(Offset.source, 0xFF),
                error: "IPv6 source: found 255, wanted no group"),
        ]
    }

    static let ofSolicitations: [Row] = [
        Row(
            sentence: "source unspecified: the destination is a solicited-node multicast address",
            frame: probe, change: { _ in }, error: nil),
        Row(
            sentence: "source unspecified: not to all nodes", frame: probe,
            change: { bytes in
                bytes.replaceSubrange(
                    Offset.destination..<Offset.destination + 16,
                    with: [0xFF, 2] + [UInt8](repeating: 0, count: 13) + [1])
            },
            error: "destination of a probe: found 65282, wanted a solicited-node group"),
        Row(
            sentence: "source unspecified: no source link-layer address option", frame: probe,
            change: append(1, 1),
            error: "options of a probe: found 1, wanted no source link-layer address"),
        Row(
            sentence: "source unspecified: another option is ignored (a nonce, RFC 7527)",
            frame: probe, change: append(14, 1), error: nil),
        Row(
            sentence: "a solicitation may come by unicast (RFC 4861 §7.3.3)", frame: request,
            change: { bytes in
                bytes.replaceSubrange(
                    Offset.destination..<Offset.destination + 16,
                    with: bytes[Offset.target..<Offset.target + 16])
            }, error: nil),
    ]

    static let ofAdvertisements: [Row] = [
        Row(
            sentence: "the destination is a multicast address: the Solicited flag is zero",
            frame: unsolicited, change: set(Offset.reserved, 0x60),
            error: "NA flags: found 1, wanted not solicited when sent to a group"),
        Row(
            sentence: "a router's, to all nodes", frame: unsolicited,
            change: set(Offset.reserved, 0xA0), error: nil),
    ]

    @Test(arguments: ofEither + ofSolicitations + ofAdvertisements)
    func theSentenceIsKept(row: Row) throws {
        var bytes = NDTests.serialized(row.frame)
        row.change(&bytes)
        if row.isChecksumCorrected { NDTests.correctChecksum(of: &bytes) }
        guard let wanted = row.error else {
            #expect(try NDTests.parse(bytes).message.target == row.frame.message.target)
            return
        }
        let error = #expect(throws: ParseError.self) { try NDTests.parse(bytes) }
        #expect("\(try #require(error))".hasPrefix(wanted))
    }

    /// The first counts, as for Linux.
    @Test func aRepeatedOptionIsIgnored() throws {
        var bytes = NDTests.serialized(Self.request)
        Self.append(1, 1)(&bytes)
        NDTests.correctChecksum(of: &bytes)
        #expect(try NDTests.parse(bytes) == Self.request)
    }
}
