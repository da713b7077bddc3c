import Addressing
import Testing

@testable import Wire

@Suite struct NDTests {
    static let ours = LinkAddress(bits: 0x0200_5E00_5301)
    static let theirs = LinkAddress(bits: 0x0200_5E00_53FF)
    /// 2001:db8::16:abcd and 2001:db8::1.
    static let address = IPv6Address(bits: 0x2001_0DB8 << 96 | 0x16_ABCD)
    static let asker = IPv6Address(bits: 0x2001_0DB8 << 96 | 1)
    static let request = NDFrame.request(for: address, from: theirs, at: asker)
    static let probe = NDFrame.probe(for: address, from: theirs)

    /// One row a form: name, frame, and its bytes as the wire has them, reckoned without Herald.
    static let goldens: [(String, NDFrame, String)] = [
        (
            "unsolicited: to all nodes, override, not solicited, no router (RFC 4861 §7.2.6)",
            .unsolicited(for: address, from: ours),
            """
            333300000001 02005e005301 86dd 60000000 0020 3a ff
            20010db800000000000000000016abcd ff020000000000000000000000000001
            8800 f064 20000000 20010db800000000000000000016abcd 0201 02005e005301
            """
        ),
        (
            "probe: from nowhere, to the solicited-node group, without an option (RFC 4862 §5.4.2)",
            .probe(for: address, from: ours),
            """
            3333ff16abcd 02005e005301 86dd 60000000 0018 3a ff
            00000000000000000000000000000000 ff0200000000000000000001ff16abcd
            8700 f527 00000000 20010db800000000000000000016abcd
            """
        ),
        (
            "request (RFC 4861 §7.2.2)", request,
            """
            3333ff16abcd 02005e0053ff 86dd 60000000 0020 3a ff
            20010db8000000000000000000000001 ff0200000000000000000001ff16abcd
            8700 1265 00000000 20010db800000000000000000016abcd 0101 02005e0053ff
            """
        ),
        (
            "answer, by unicast to who asked: solicited and override (RFC 4861 §7.2.4)",
            request.advertisement(from: ours),
            """
            02005e0053ff 02005e005301 86dd 60000000 0020 3a ff
            20010db800000000000000000016abcd 20010db8000000000000000000000001
            8800 81ae 60000000 20010db800000000000000000016abcd 0201 02005e005301
            """
        ),
        (
            "answer to a probe: to all nodes, not solicited (RFC 4861 §7.2.4)",
            probe.advertisement(from: ours),
            """
            333300000001 02005e005301 86dd 60000000 0020 3a ff
            20010db800000000000000000016abcd ff020000000000000000000000000001
            8800 f064 20000000 20010db800000000000000000016abcd 0201 02005e005301
            """
        ),
    ]

    @Test(arguments: goldens)
    func frameHasTheseBytes(row: String, frame: NDFrame, golden: String) throws {
        var buffer = [UInt8](repeating: 0xA5, count: NDFrame.byteCountMax + 2)
        let count = buffer.withUnsafeMutableBytes { frame.serialize(into: $0).count }
        #expect(
            ARPTests.hexadecimal(buffer.prefix(count)) == golden.filter { !$0.isWhitespace },
            "\(row)")
        #expect(count == frame.byteCount)
        #expect(buffer[count...].allSatisfy { $0 == 0xA5 }, "nothing behind the frame is touched")
        #expect(try Self.parse(buffer) == frame, "padding is not looked at")
    }

    /// The answer goes where the asker says that it is; where it says nothing, or nonsense, to where
    /// the frame came from.
    @Test(
        arguments: [
            ("no option", nil, theirs), ("its own", theirs, theirs),
            ("another of its own", ours, ours), ("everybody", .broadcast, theirs),
            ("a group", LinkAddress(ofGroup: .allNodes), theirs), ("nobody", .zero, theirs),
        ] as [(String, LinkAddress?, LinkAddress)])
    func anAnswerGoesToTheSourceLinkAddressOption(
        row: String, option: LinkAddress?, destination: LinkAddress
    ) {
        var frame = Self.request
        frame.message = .solicitation(
            NeighborSolicitation(target: Self.address, sourceLinkAddress: option))
        let answer = frame.advertisement(from: Self.ours)
        #expect(answer.destination == destination, "\(row)")
        #expect(answer.receiver == Self.asker)
    }

    @Test(arguments: [
        ("2001:db8::16:abcd", "ff02::1:ff16:abcd", "33:33:ff:16:ab:cd"),
        ("fe80::1", "ff02::1:ff00:1", "33:33:ff:00:00:01"),
        ("2001:db8::ffff:ffff", "ff02::1:ffff:ffff", "33:33:ff:ff:ff:ff"),
    ])
    func anAddressHasAGroupAndTheGroupAFrameAddress(
        address: String, group: String, frame: String
    ) throws {
        let found = try IPv6Address(address).solicitedNodeGroup
        #expect(found == (try IPv6Address(group)))
        #expect(found.isSolicitedNodeGroup && found.isMulticast)
        #expect(LinkAddress(ofGroup: found) == (try LinkAddress(frame)))
        #expect(try !IPv6Address(address).isSolicitedNodeGroup)
        #expect(try !IPv6Address(address).isMulticast)
    }

    @Test func probesAreToldApart() {
        #expect(Self.probe.isProbe)
        #expect(!Self.request.isProbe)
        #expect(!Self.probe.advertisement(from: Self.ours).isProbe)
    }

    @Test func everyShorterFrameIsRefused() {
        for frame in [Self.request, Self.probe, Self.request.advertisement(from: Self.ours)] {
            let bytes = Self.serialized(frame)
            for count in 0..<bytes.count {
                #expect(throws: ParseError.self) { try Self.parse(Array(bytes[..<count])) }
            }
        }
    }

    /// Seeded, so that a failure can be seen again. Half of the frames get a right checksum, else
    /// hardly one in 65,536 would come further.
    @Test func randomBytesNeverTrapAndWhatIsReadIsWrittenBackAndReadAgain() throws {
        var random = SplitMix64(state: 0x4845_5241_4C44)
        var accepted = 0
        for round in 0..<20_000 {
            let frames = [Self.request, Self.probe, Self.request.advertisement(from: Self.ours)]
            var bytes = Self.serialized(frames[round % 3])
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
                    in: 0...255, using: &random)
            }
            bytes.removeLast(Int.random(in: 0...2, using: &random))
            if round.isMultiple(of: 2) { Self.correctChecksum(of: &bytes) }
            guard let frame = try? Self.parse(bytes) else { continue }
            accepted += 1
            #expect(try Self.parse(Self.serialized(frame)) == frame)
        }
        #expect(accepted > 1_000, "the mutations leave enough frames whole")
    }

    static func serialized(_ frame: NDFrame) -> [UInt8] {
        ByteWriter.bytes(capacity: NDFrame.byteCountMax) { frame.serialize(into: &$0) }
    }

    static func parse(_ bytes: [UInt8]) throws -> NDFrame {
        try bytes.withUnsafeBytes { try NDFrame(parsing: $0) }
    }

    /// Of all that follows the IPv6 header, whatever its length says.
    static func correctChecksum(of bytes: inout [UInt8]) {
        guard bytes.count >= 58 else { return }
        bytes[56] = 0
        bytes[57] = 0
        func address(_ offset: Int) -> IPv6Address {
            IPv6Address(bits: bytes[offset..<offset + 16].reduce(0) { $0 << 8 | UInt128($1) })
        }
        var sum = InternetChecksum(
            pseudoHeaderOf: address(22), address(38), nextHeader: bytes[20],
            messageBytes: bytes.count - 54)
        bytes[54...].withUnsafeBytes { sum.add($0) }
        bytes[56] = UInt8(sum.field >> 8)
        bytes[57] = UInt8(truncatingIfNeeded: sum.field)
    }
}
