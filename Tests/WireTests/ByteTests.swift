import Addressing
import Testing

@testable import Wire

@Suite struct ByteTests {
    static let bytes: [UInt8] = [
        0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x0F,
    ]

    @Test func integersAreInNetworkByteOrderWhereverTheyStart() throws {
        try Self.bytes.withUnsafeBytes { buffer throws in
            var reader = ByteReader(buffer)
            #expect(try reader.uint8("a") == 0x01)
            #expect(try reader.uint16("b") == 0x0203)
            #expect(try reader.uint32("c") == 0x0405_0607)
            #expect(try reader.uint64("d") == 0x0809_0A0B_0C0D_0E0F)
            #expect(reader.remaining == 0)
        }
    }

    @Test func aShortReadNamesTheFieldAndMovesNothing() throws {
        try Self.bytes.withUnsafeBytes { buffer throws in
            var reader = ByteReader(UnsafeRawBufferPointer(rebasing: buffer[..<5]))
            try reader.skip(2, "start")
            let error = #expect(throws: ParseError.self) { try reader.uint32("the field") }
            #expect("\(try #require(error))" == "the field: needs 4 bytes, 3 are left")
            #expect(reader.position == 2)
            #expect(try reader.bytes(3, "rest").elementsEqual([3, 4, 5]))
            #expect(throws: ParseError.self) { try reader.bytes(-1, "negative") }
            #expect(throws: ParseError.self) { try reader.skip(.max, "far") }
        }
    }

    @Test func anEmptyBufferHasNothing() {
        var reader = ByteReader(UnsafeRawBufferPointer(start: nil, count: 0))
        #expect(throws: ParseError.self) { try reader.uint8("first") }
    }

    @Test func whatIsWrittenIsReadBack() throws {
        let link = try LinkAddress("02:00:5e:00:53:01")
        let ipv6 = try IPv6Address("2001:db8::1:2")
        let bytes = ByteWriter.bytes(capacity: 64) { writer in
            writer.uint8(0xFE)
            writer.uint16(0xFEDC)
            writer.uint32(0xFEDC_BA98)
            writer.uint64(0xFEDC_BA98_7654_3210)
            writer.address(link)
            writer.address(IPv4Address(192, 0, 2, 1))
            writer.address(ipv6)
            writer.zeros(3)
            writer.bytes([7, 8])
            writer.overwrite(0x1234, at: 1)
        }
        #expect(bytes.count == 46)
        try bytes.withUnsafeBytes { buffer throws in
            var reader = ByteReader(buffer)
            #expect(try reader.uint8("a") == 0xFE)
            #expect(try reader.uint16("b") == 0x1234)
            #expect(try reader.uint32("c") == 0xFEDC_BA98)
            #expect(try reader.uint64("d") == 0xFEDC_BA98_7654_3210)
            #expect(try reader.linkAddress("e") == link)
            #expect(try reader.ipv4Address("f") == IPv4Address(192, 0, 2, 1))
            #expect(try reader.ipv6Address("g") == ipv6)
            #expect(try reader.bytes(5, "h").elementsEqual([0, 0, 0, 7, 8]))
        }
    }

    @Test func onlyTheBytesWrittenAreTouched() {
        var buffer = [UInt8](repeating: 0xA5, count: 8)
        buffer.withUnsafeMutableBytes { bytes in
            var writer = ByteWriter(bytes)
            writer.uint16(0)
            #expect(writer.count == 2)
            #expect(writer.remaining == 6)
        }
        #expect(buffer == [0, 0, 0xA5, 0xA5, 0xA5, 0xA5, 0xA5, 0xA5])
    }

    @Test func aFieldThatDoesNotFitTraps() async {
        await #expect(processExitsWith: .failure) {
            _ = ByteWriter.bytes(capacity: 3) { $0.uint32(1) }
        }
    }
}
