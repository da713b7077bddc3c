import Addressing
import Testing
import Wire

@Suite struct InternetChecksumTests {
    /// RFC 1071 §3: the sum of these bytes is ddf2.
    @Test func theExampleOfTheRFC() {
        let bytes: [UInt8] = [0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7]
        #expect(Self.field(bytes) == ~0xDDF2)
    }

    @Test(
        arguments: [
            ([], 0xFFFF), ([0x12], 0xEDFF), ([0x12, 0x34, 0x56], 0x97CB), ([0xFF, 0xFF], 0),
        ] as [([UInt8], UInt16)])
    func anOddByteCountsAsIfAZeroFollowed(bytes: [UInt8], field: UInt16) {
        #expect(Self.field(bytes) == field)
    }

    /// Against a sum of 16-bit words, one after another, whatever the length.
    @Test func longMessagesAsTheSlowWaySumsThem() {
        var random = SplitMix64(state: 7)
        for count in [1, 2, 3, 5, 60, 61, 1_499, 65_535] {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            var sum: UInt32 = 0
            for index in stride(from: 0, to: count, by: 2) {
                let low = index + 1 < count ? UInt32(bytes[index + 1]) : 0
                sum += UInt32(bytes[index]) << 8 | low
                if sum > 0xFFFF { sum = sum & 0xFFFF + 1 }
            }
            #expect(Self.field(bytes) == ~UInt16(sum), "\(count) bytes")
        }
    }

    static func field(_ bytes: [UInt8]) -> UInt16 {
        var sum = InternetChecksum()
        bytes.withUnsafeBytes { sum.add($0) }
        return sum.field
    }
}
