import Addressing

/// What the options of solicitations and advertisements have in common (RFC 4861 §4.6).
enum NDOption {
    /// The options that say where a host is, by type.
    enum Kind: UInt8 {
        case sourceLinkAddress = 1
        case targetLinkAddress = 2
    }

    /// An address option for Ethernet: type, length, six bytes (RFC 2464 §6).
    static let byteCount = 8
    /// Lengths count these.
    private static let unitBytes = 8

    /// The target; a group is none (RFC 4861 §7.1.1, §7.1.2).
    static func target(_ reader: inout ByteReader) throws(ParseError) -> IPv6Address {
        let target = try reader.ipv6Address("ND target")
        guard !target.isMulticast else {
            let found = UInt64(target.bits >> 120)
            throw ParseError("ND target", .unexpected(found: found, wanted: "no group"))
        }
        return target
    }

    /// Walks over all that is left and gives the first option of this kind; others are ignored.
    ///
    /// Throws when an option has no length or ends behind the message, or when one of this kind is
    /// not for Ethernet.
    static func linkAddress(
        _ kind: Kind, _ reader: inout ByteReader
    ) throws(ParseError) -> LinkAddress? {
        var found: LinkAddress?
        while reader.remaining > 0 {
            let type = try reader.uint8("ND option type")
            let units = try reader.uint8("ND option length")
            guard units > 0 else {
                throw ParseError("ND option length", .unexpected(found: 0, wanted: "1 or more"))
            }
            let rest = try reader.bytes(Int(units) * unitBytes - 2, "ND option")
            guard type == kind.rawValue else { continue }
            guard Int(units) * unitBytes == byteCount else {
                throw ParseError(
                    "ND link-layer address option length",
                    .unexpected(found: UInt64(units), wanted: "1"))
            }
            var option = ByteReader(rest)
            let address = try option.linkAddress("ND link-layer address option")
            found = found ?? address
        }
        return found
    }

    static func serialize(_ kind: Kind, _ address: LinkAddress?, into writer: inout ByteWriter) {
        guard let address else { return }
        writer.uint8(kind.rawValue)
        writer.uint8(1)
        writer.address(address)
    }
}
