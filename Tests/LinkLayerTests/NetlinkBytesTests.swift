import Addressing
import Foundation
import Laboratory
import Testing

@testable import LinkLayer

/// Whatever bytes a netlink socket gives: nothing traps, nothing goes on for ever. The kept corpus of
/// `make fuzz` is what the kernel said.
@Suite struct NetlinkBytesTests {
    static let corpus = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fuzz/Corpus/Netlink")

    static func kept() throws -> [(name: String, bytes: [UInt8])] {
        try FileManager.default.contentsOfDirectory(atPath: corpus.path).sorted().map {
            ($0, [UInt8](try Data(contentsOf: corpus.appendingPathComponent($0))))
        }
    }

    struct Found: Equatable {
        var messages = 0
        var links: [String] = []
        var addresses: [String] = []
        var routes: [String] = []
        var hostAddresses: [String] = []
    }

    static func read(_ bytes: [UInt8]) -> Found {
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: bytes.count, alignment: 16)
        defer { buffer.deallocate() }
        buffer.copyBytes(from: bytes)
        var found = Found()
        NetlinkMessage.forEach(in: buffer, count: bytes.count) { message in
            found.messages += 1
            _ = message.end
            if let link = Link(message) { found.links.append(link.name) }
            if let linked = LinkedAddress(message) {
                found.addresses.append("\(linked.address.address)")
            }
            if let host = HostAddress(message) { found.hostAddresses.append("\(host.address)") }
            found.routes += Route.routes(message).map { "\($0.destination)" }
        }
        return found
    }

    @Test func whatTheKernelSaidIsUnderstood() throws {
        let found = try Self.kept().map { Self.read($0.bytes) }
        #expect(Set(found.flatMap(\.links)) == ["lo", "eth1"])
        #expect(found.flatMap(\.addresses).contains("192.0.2.1"))
        #expect(found.flatMap(\.addresses).contains("127.0.0.1"))
        #expect(Set(found.flatMap(\.hostAddresses)) == ["192.0.2.16", "2001:db8::16"])
        #expect(!found.flatMap(\.addresses).contains("192.0.2.16"))
        #expect(found.flatMap(\.routes).contains("0.0.0.0/0"))
        #expect(found.flatMap(\.routes).contains("2001:db8:1::/64"))
    }

    /// Lengths of the message's header that are none: of it, too short, too long, and what libmnl takes
    /// for a negative number.
    @Test(arguments: [0, 1, 15, 469, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFF0, 0xFFFF_FFFF])
    func aLengthThatIsNoneEndsTheMessages(length: UInt32) throws {
        var bytes = try #require(try Self.kept().first { $0.name == "addresses" }).bytes
        bytes.replaceSubrange(0..<4, with: withUnsafeBytes(of: length.littleEndian) { Array($0) })
        #expect(Self.read(bytes) == Found())
    }

    /// Seeded, so that a failure can be seen again.
    @Test func mutatedMessagesNeverTrap() throws {
        var random = SplitMix64(seed: 0x4845_5241_4C44)
        var understood = 0
        for (_, kept) in try Self.kept() {
            for _ in 0..<500 {
                var bytes = kept
                for _ in 0..<Int.random(in: 1...6, using: &random) {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
                        in: 0...255, using: &random)
                }
                bytes.removeLast(Int.random(in: 0...min(40, bytes.count - 1), using: &random))
                understood += Self.read(bytes).messages
            }
        }
        #expect(understood > 1_000)
    }
}
