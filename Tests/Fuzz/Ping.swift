@testable import Wire

/// What libFuzzer calls with each input: a frame as the responder reads it.
///
/// Nothing may trap, and the answer has the length that it was said to have: no more than the request,
/// for it is written where one fits.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzPing(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = UnsafeRawBufferPointer(start: start, count: count)
    guard let request = try? EchoRequest(parsing: bytes) else { return 0 }
    precondition(request.replyBytes <= count, "\(request.replyBytes) bytes for \(count)")
    let buffer = UnsafeMutableRawBufferPointer.allocate(
        byteCount: request.replyBytes, alignment: 1)
    defer { buffer.deallocate() }
    precondition(request.reply(into: buffer).count == request.replyBytes, "\(request)")
    return 0
}
