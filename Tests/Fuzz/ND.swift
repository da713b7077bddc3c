import Addressing

@testable import Wire

/// What libFuzzer calls with each input: a frame as the responder reads it, with the checksum that it
/// should have, for by chance it has another.
///
/// Nothing may trap, and whatever parses must serialize and parse back to itself.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzND(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var bytes = Array(UnsafeRawBufferPointer(start: start, count: count))
    correctChecksum(of: &bytes)
    guard let frame = parse(bytes) else { return 0 }
    let again = ByteWriter.bytes(capacity: NDFrame.byteCountMax) { frame.serialize(into: &$0) }
    precondition(parse(again) == frame, "\(frame) does not come back")
    let answer = frame.advertisement(from: frame.destination)
    let bytesOfAnswer = ByteWriter.bytes(capacity: NDFrame.byteCountMax) {
        answer.serialize(into: &$0)
    }
    precondition(bytesOfAnswer.count == answer.byteCount, "\(answer)")
    return 0
}

private func parse(_ bytes: [UInt8]) -> NDFrame? {
    bytes.withUnsafeBytes { try? NDFrame(parsing: $0) }
}

/// Where a frame has a whole header and a payload of the length that it says.
private func correctChecksum(of bytes: inout [UInt8]) {
    let checksum = (EthernetHeader.byteCount + IPv6Header.byteCount + 2)
    guard bytes.count >= checksum + 2 else { return }
    bytes.replaceSubrange(checksum..<checksum + 2, with: [0, 0])
    let field = bytes.withUnsafeBytes { bytes -> UInt16? in
        var reader = ByteReader(bytes)
        guard (try? EthernetHeader(parsing: &reader)) != nil,
            let header = try? IPv6Header(parsing: &reader),
            let payload = try? reader.bytes(Int(header.payloadLength), "payload")
        else { return nil }
        var sum = InternetChecksum(
            pseudoHeaderOf: header.source, header.destination, nextHeader: header.nextHeader,
            messageBytes: payload.count)
        sum.add(payload)
        return sum.field
    }
    guard let field else { return }
    bytes[checksum] = UInt8(field >> 8)
    bytes[checksum + 1] = UInt8(truncatingIfNeeded: field)
}
