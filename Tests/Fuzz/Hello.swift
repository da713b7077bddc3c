@testable import Wire

/// What libFuzzer calls with each input: the envelope, and the fields that follow it.
///
/// Nothing may trap, and whatever parses must serialize and parse back to itself.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzHello(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = UnsafeRawBufferPointer(start: start, count: count)
    var envelope = ByteReader(bytes)
    _ = try? HelloEnvelope(parsing: &envelope, datagramBytes: count)
    let bodyBytesMax =
        HelloLayout.datagramBytesMax - envelopeBytes - HelloLayout.authenticationBytes
    var body = ByteReader(bytes)
    guard count <= bodyBytesMax, let hello = try? Hello(parsing: &body) else { return 0 }
    let again = ByteWriter.bytes(capacity: hello.datagramBytes) { writer in
        hello.serialize(into: &writer, keyID: 0, clusterTag: 0)
    }
    again.withUnsafeBytes { again in
        var reader = ByteReader(UnsafeRawBufferPointer(rebasing: again[envelopeBytes...]))
        precondition((try? Hello(parsing: &reader)) == hello, "\(hello) does not come back")
    }
    return 0
}

/// Magic, version, reserved, length, key id and cluster tag.
private let envelopeBytes = 20
