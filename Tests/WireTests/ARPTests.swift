import Addressing
import Testing

@testable import Wire

@Suite struct ARPTests {
    static let ours = LinkAddress(bits: 0x0200_5E00_5301)
    static let theirs = LinkAddress(bits: 0x0200_5E00_53FF)
    static let address = IPv4Address(192, 0, 2, 16)
    static let asker = IPv4Address(192, 0, 2, 1)
    static let request = ARPFrame.request(for: address, from: theirs, at: asker)

    /// One row a form: name, frame, and its 42 bytes as the wire has them.
    static let goldens: [(String, ARPFrame, String)] = [
        (
            "gratuitous request: target hardware address unset (RFC 5227 §1.1)",
            .gratuitousRequest(for: address, from: ours),
            """
            ffffffffffff 02005e005301 0806 0001 0800 06 04 0001
            02005e005301 c0000210 000000000000 c0000210
            """
        ),
        (
            "gratuitous reply: target hardware address is the sender's",
            .gratuitousReply(for: address, from: ours),
            """
            ffffffffffff 02005e005301 0806 0001 0800 06 04 0002
            02005e005301 c0000210 02005e005301 c0000210
            """
        ),
        (
            "probe: no sender protocol address, so that no cache learns it (RFC 5227 §2.1.1)",
            .probe(for: address, from: ours),
            """
            ffffffffffff 02005e005301 0806 0001 0800 06 04 0001
            02005e005301 00000000 000000000000 c0000210
            """
        ),
        (
            "request (RFC 826)", request,
            """
            ffffffffffff 02005e0053ff 0806 0001 0800 06 04 0001
            02005e0053ff c0000201 000000000000 c0000210
            """
        ),
        (
            "reply, by unicast to who asked (RFC 826)", request.reply(from: ours),
            """
            02005e0053ff 02005e005301 0806 0001 0800 06 04 0002
            02005e005301 c0000210 02005e0053ff c0000201
            """
        ),
        (
            "reply to a probe: its target has no protocol address",
            ARPFrame.probe(for: address, from: theirs).reply(from: ours),
            """
            02005e0053ff 02005e005301 0806 0001 0800 06 04 0002
            02005e005301 c0000210 02005e0053ff 00000000
            """
        ),
    ]

    @Test(arguments: goldens)
    func frameHasTheseBytes(row: String, frame: ARPFrame, golden: String) throws {
        var buffer = [UInt8](repeating: 0xA5, count: ARPFrame.byteCount + 2)
        buffer.withUnsafeMutableBytes { frame.serialize(into: $0) }
        #expect(Self.hexadecimal(buffer.prefix(42)) == golden.filter { !$0.isWhitespace }, "\(row)")
        #expect(buffer.suffix(2) == [0xA5, 0xA5], "nothing behind the frame is touched")
        #expect(try Self.parse(buffer) == frame, "padding is not looked at")
    }

    @Test func unknownOperationsAreKept() throws {
        var frame = Self.request
        frame.packet.operation = .init(rawValue: 0xBEEF)
        #expect(try Self.parse(Self.serialized(frame)) == frame)
    }

    /// What each byte of the fixed part must be, and how the error names it.
    @Test(arguments: [
        (12, UInt8(0x86), "EtherType: found 34310, wanted 2054 (ARP)"),
        (15, 6, "ARP hardware type: found 6, wanted 1"),
        (17, 1, "ARP protocol type: found 2049, wanted 2048"),
        (18, 8, "ARP hardware length: found 8, wanted 6"),
        (19, 16, "ARP protocol length: found 16, wanted 4"),
    ])
    func whatIsNotForIPv4OverEthernetIsRefused(offset: Int, byte: UInt8, text: String) throws {
        var bytes = Self.serialized(Self.request)
        bytes[offset] = byte
        let error = #expect(throws: ParseError.self) { try Self.parse(bytes) }
        #expect("\(try #require(error))" == text)
    }

    @Test func everyShorterFrameIsRefused() {
        let bytes = Self.serialized(Self.request)
        for count in 0..<bytes.count {
            #expect(throws: ParseError.self) { try Self.parse(Array(bytes[..<count])) }
        }
    }

    @Test(arguments: [
        ("probe", ARPFrame.probe(for: address, from: ours), true, false),
        ("gratuitous request", .gratuitousRequest(for: address, from: ours), false, true),
        ("gratuitous reply", .gratuitousReply(for: address, from: ours), false, true),
        ("request", request, false, false),
        ("reply", request.reply(from: ours), false, false),
        ("a reply from nowhere to nowhere", emptyReply, false, false),
    ])
    func formsAreToldApart(row: String, frame: ARPFrame, isProbe: Bool, isGratuitous: Bool) {
        #expect(frame.packet.isProbe == isProbe, "\(row)")
        #expect(frame.packet.isGratuitous == isGratuitous, "\(row)")
    }

    static let emptyReply = ARPFrame(
        destination: ours, source: theirs,
        packet: ARPPacket(.reply, sender: (theirs, .any), target: (ours, .any)))

    /// Seeded, so that a failure can be seen again.
    @Test func randomBytesNeverTrapAndWhatIsReadIsWrittenBack() throws {
        var random = SplitMix64(state: 0x4845_5241_4C44)
        var accepted = 0
        for round in 0..<20_000 {
            var bytes = Self.serialized(Self.request)
            if round.isMultiple(of: 2) {
                bytes = bytes.map { _ in UInt8.random(in: 0...255, using: &random) }
            }
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
                    in: 0...255, using: &random)
            }
            bytes.removeLast(Int.random(in: 0...2, using: &random))
            guard let frame = try? Self.parse(bytes) else { continue }
            accepted += 1
            #expect(Self.serialized(frame) == bytes)
        }
        #expect(accepted > 1_000, "the mutations leave enough frames whole")
    }

    static func serialized(_ frame: ARPFrame) -> [UInt8] {
        ByteWriter.bytes(capacity: ARPFrame.byteCount) { frame.serialize(into: &$0) }
    }

    static func parse(_ bytes: [UInt8]) throws -> ARPFrame {
        try bytes.withUnsafeBytes { try ARPFrame(parsing: $0) }
    }

    static func hexadecimal(_ bytes: some Collection<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

/// A small generator with a seed (Steele, Lea, Flood 2014).
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
