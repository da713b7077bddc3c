@testable import Wire

/// What libFuzzer calls with each input: a frame as the responder reads it.
///
/// Nothing may trap, and whatever parses must serialize and parse back to itself.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzARP(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = UnsafeRawBufferPointer(start: start, count: count)
    guard let frame = try? ARPFrame(parsing: bytes) else { return 0 }
    let again = ByteWriter.bytes(capacity: ARPFrame.byteCount) { frame.serialize(into: &$0) }
    again.withUnsafeBytes { again in
        precondition((try? ARPFrame(parsing: again)) == frame, "\(frame) does not come back")
    }
    _ = frame.reply(from: frame.destination)
    return 0
}
