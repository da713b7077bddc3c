import Addressing

@testable import LinkLayer

/// What libFuzzer calls with each input: what the kernel's routing socket gave at once, as links,
/// addresses and routes are read of it.
///
/// Nothing may trap or read beyond the bytes.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzNetlink(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let start, count > 0 else { return 0 }
    // Of the very length, so that a byte too many is seen.
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
    defer { buffer.deallocate() }
    buffer.copyMemory(from: UnsafeRawBufferPointer(start: start, count: count))
    NetlinkMessage.forEach(in: buffer, count: count) { message in
        _ = message.end
        _ = message.saysInterrupted
        if let link = Link(message) { precondition(link.address.bits >> 48 == 0, "\(link)") }
        if let linked = LinkedAddress(message) { _ = linked.address.prefix }
        if let host = HostAddress(message) {
            precondition(LinkedAddress(message) == nil, "\(host) is the node's own too")
        }
        for route in Route.routes(message) { precondition(route.linkIndex > 0, "\(route)") }
    }
    return 0
}
