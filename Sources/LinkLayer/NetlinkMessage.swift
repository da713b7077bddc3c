import CLinux
import CMnl
import Glibc

/// One message in a netlink socket's buffer; valid only while the buffer is.
struct NetlinkMessage {
    private let header: UnsafePointer<nlmsghdr>

    /// Gives each whole message of a received datagram to `body`.
    static func forEach(
        in buffer: UnsafeMutableRawBufferPointer, count: Int, _ body: (NetlinkMessage) -> Void
    ) {
        guard let start = buffer.baseAddress else { return }
        var left = Int32(count)
        var header = UnsafePointer(start.assumingMemoryBound(to: nlmsghdr.self))
        // libmnl takes a length beyond 2 GiB for a negative one, which would fit.
        while mnl_nlmsg_ok(header, left), Int(header.pointee.nlmsg_len) <= Int(left) {
            body(NetlinkMessage(header: header))
            guard let next = mnl_nlmsg_next(header, &left) else { return }
            header = UnsafePointer(next)
        }
    }

    var type: Int { Int(header.pointee.nlmsg_type) }
    var sequence: UInt32 { header.pointee.nlmsg_seq }
    var saysInterrupted: Bool { Int32(header.pointee.nlmsg_flags) & NLM_F_DUMP_INTR != 0 }

    /// The error number that ends a dump, 0 for its regular end; nil when it goes on.
    var end: Int32? {
        switch Int32(type) {
        case NLMSG_DONE, NLMSG_ERROR:
            Int32(clamping: -Int64(header(as: Int32.self) ?? -EBADMSG))
        default: nil
        }
    }

    /// The fixed part behind the message's header; nil when the message is too short for it.
    func header<Header: BitwiseCopyable>(as: Header.Type) -> Header? {
        guard mnl_nlmsg_get_payload_len(header) >= MemoryLayout<Header>.size else { return nil }
        return mnl_nlmsg_get_payload(header)?.loadUnaligned(as: Header.self)
    }

    /// The attributes behind a fixed part of this type.
    func attributes<Header>(after: Header.Type) -> NetlinkAttributes {
        let size = MemoryLayout<Header>.size
        guard mnl_nlmsg_get_payload_len(header) >= size,
            let start = mnl_nlmsg_get_payload_offset(header, size)
        else { return NetlinkAttributes(UnsafeRawBufferPointer(start: nil, count: 0)) }
        // The end that libmnl gives is rounded up, beyond a message whose length is not.
        let end = UnsafeRawPointer(header) + Int(header.pointee.nlmsg_len)
        return NetlinkAttributes(
            UnsafeRawBufferPointer(start: start, count: max(0, end - UnsafeRawPointer(start))))
    }
}

/// The attributes of a netlink message, in order; malformed ones end the sequence.
struct NetlinkAttributes: Sequence, IteratorProtocol {
    private var rest: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) {
        rest = bytes
    }

    mutating func next() -> NetlinkAttribute? {
        guard let start = rest.baseAddress else { return nil }
        let header = start.assumingMemoryBound(to: nlattr.self)
        guard mnl_attr_ok(header, Int32(rest.count)) else { return nil }
        let length = Int(mnl_attr_get_len(header))
        let aligned = Swift.min((length + 3) & ~3, rest.count)
        defer { rest = UnsafeRawBufferPointer(rebasing: rest[aligned...]) }
        return NetlinkAttribute(
            type: Int(mnl_attr_get_type(header)),
            payload: UnsafeRawBufferPointer(
                start: mnl_attr_get_payload(header), count: Int(mnl_attr_get_payload_len(header))))
    }
}

/// One attribute; its accessors give nil when the payload is of another size.
struct NetlinkAttribute {
    let type: Int
    let payload: UnsafeRawBufferPointer

    func integer<Value: FixedWidthInteger & BitwiseCopyable>(_: Value.Type) -> Value? {
        guard payload.count == MemoryLayout<Value>.size else { return nil }
        return payload.loadUnaligned(as: Value.self)
    }

    var text: String { String(decoding: payload.prefix { $0 != 0 }, as: UTF8.self) }
}
