import Addressing

/// The part of a datagram that is read before its authentication code is checked.
struct HelloEnvelope: Hashable {
    let keyID: UInt32
    let clusterTag: UInt64

    /// Throws `truncated` or `malformed`.
    init(parsing reader: inout ByteReader, datagramBytes: Int) throws(HelloRefusal) {
        do {
            let magic = try reader.uint32("hello magic")
            let version = try reader.uint8("hello version")
            let reserved = try reader.uint8("hello reserved")
            let length = try reader.uint16("hello length")
            keyID = try reader.uint32("hello key id")
            clusterTag = try reader.uint64("hello cluster tag")
            guard magic == HelloLayout.magic, version == HelloLayout.version, reserved == 0 else {
                throw HelloRefusal.malformed
            }
            guard Int(length) <= HelloLayout.datagramBytesMax, datagramBytes <= Int(length) else {
                throw HelloRefusal.malformed
            }
            guard datagramBytes == Int(length) else { throw HelloRefusal.truncated }
        } catch let refusal as HelloRefusal {
            throw refusal
        } catch {
            throw .truncated
        }
    }
}

extension Hello {
    /// Reads what follows the envelope, authenticated already. Strict: any field out of its limits
    /// and any byte left over is an error.
    init(parsing reader: inout ByteReader) throws(HelloRefusal) {
        do {
            try self.init(reading: &reader)
        } catch let refusal as HelloRefusal {
            throw refusal
        } catch {
            throw .truncated
        }
        guard reader.remaining == 0 else { throw .malformed }
    }

    private init(reading reader: inout ByteReader) throws {
        let incarnation = try reader.uint32("incarnation")
        let sequence = try reader.uint64("sequence")
        let period = try reader.uint16("period")
        let misses = try reader.uint8("misses")
        let nodeBytes = Int(try reader.uint8("node name length"))
        let flags = Flags(rawValue: try reader.uint16("flags"))
        let linkAddress = try reader.linkAddress("link-layer address")
        let poolSetHash = try reader.uint64("pool-set hash")
        guard (1...10_000).contains(period), (3...50).contains(misses),
            (1...Self.nodeBytesMax).contains(nodeBytes)
        else { throw HelloRefusal.malformed }
        self.init(
            node: "", incarnation: incarnation, sequence: sequence, periodMilliseconds: period,
            misses: misses, flags: flags, linkAddress: linkAddress, poolSetHash: poolSetHash)
        claimCount = try reader.uint32("claim count")
        claimDigest = try reader.uint64("claim digest")
        try readLists(&reader, Counts(&reader), nodeBytes: nodeBytes)
    }

    private struct Counts {
        let addresses, heard, claims, yields, gone, vouched: Int
        let coverage: UInt8

        init(_ reader: inout ByteReader) throws(ParseError) {
            addresses = Int(try reader.uint8("number of addresses"))
            coverage = try reader.uint8("coverage")
            heard = Int(try reader.uint16("number of heard"))
            claims = Int(try reader.uint16("number of claims"))
            yields = Int(try reader.uint16("number of yields"))
            gone = Int(try reader.uint16("number of gone"))
            vouched = Int(try reader.uint16("number of vouched"))
        }
    }

    private mutating func readLists(
        _ reader: inout ByteReader, _ counts: Counts, nodeBytes: Int
    ) throws {
        node = try Self.readNode(&reader, nodeBytes)
        guard counts.addresses <= Self.addressesMax else { throw HelloRefusal.malformed }
        addresses = try Self.list(counts.addresses) { try Self.readAddress(&reader) }
        coverage = try Self.readCoverage(&reader, counts.coverage)
        heard = try Self.list(counts.heard) { try Self.readHeard(&reader) }
        claims = try Self.list(counts.claims) { try Self.readClaim(&reader) }
        yields = try Self.list(counts.yields) {
            Yield(try Self.readAddress(&reader), epoch: try reader.uint32("yield epoch"))
        }
        gone = try Self.list(counts.gone) {
            Gone(try Self.readAddress(&reader), epoch: try reader.uint32("gone epoch"))
        }
        let records = try Self.list(counts.vouched) { try Self.readVouched(&reader) }
        vouched = Array(records.prefix { !$0.isFinding })
        findings = try records.dropFirst(vouched.count).map(Self.finding)
    }

    /// Grows as bytes are found: a count is no reason to reserve memory.
    private static func list<Element>(
        _ count: Int, _ read: () throws -> Element
    ) throws -> [Element] {
        var list: [Element] = []
        for _ in 0..<count { list.append(try read()) }
        return list
    }

    private static func readNode(_ reader: inout ByteReader, _ count: Int) throws -> String {
        let bytes = try reader.bytes(count, "node name")
        guard bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw HelloRefusal.malformed }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func readMarked(
        _ reader: inout ByteReader, _ known: UInt8
    ) throws -> (address: IPAddress, marks: UInt8) {
        let marks = try reader.uint8("marks")
        guard marks & ~(known | HelloLayout.Mark.ipv6) == 0 else { throw HelloRefusal.malformed }
        guard marks & HelloLayout.Mark.ipv6 != 0 else {
            return (.ipv4(try reader.ipv4Address("address")), marks)
        }
        return (.ipv6(try reader.ipv6Address("address")), marks)
    }

    private static func readAddress(_ reader: inout ByteReader) throws -> IPAddress {
        try readMarked(&reader, 0).address
    }

    private static func readCoverage(
        _ reader: inout ByteReader, _ code: UInt8
    ) throws -> ClosedRange<IPAddress>? {
        switch code {
        case HelloLayout.Coverage.none: return nil
        case HelloLayout.Coverage.everything: return everything
        case HelloLayout.Coverage.range: break
        default: throw HelloRefusal.malformed
        }
        let first = try readAddress(&reader)
        let last = try readAddress(&reader)
        guard first <= last, first...last != everything else { throw HelloRefusal.malformed }
        return first...last
    }

    private static func readHeard(_ reader: inout ByteReader) throws -> Heard {
        let tag = try reader.uint64("heard node tag")
        let incarnation = try reader.uint32("heard incarnation")
        let age = try reader.uint16("heard age")
        return Heard(
            nodeTag: tag, incarnation: incarnation,
            ageMilliseconds: age == HelloLayout.abstains ? nil : age)
    }

    private static func readClaim(_ reader: inout ByteReader) throws -> Claim {
        let known =
            HelloLayout.Mark.strong | HelloLayout.Mark.offered | HelloLayout.Mark.withheld
        let (address, marks) = try readMarked(&reader, known)
        return Claim(
            address, epoch: try reader.uint32("claim epoch"),
            isStrong: marks & HelloLayout.Mark.strong != 0,
            isOffered: marks & HelloLayout.Mark.offered != 0,
            isWithheld: marks & HelloLayout.Mark.withheld != 0)
    }

    private static func readVouched(_ reader: inout ByteReader) throws -> Vouched {
        let (address, marks) = try readMarked(&reader, HelloLayout.Mark.strong)
        return Vouched(
            address, epoch: try reader.uint32("vouched epoch"),
            isStrong: marks & HelloLayout.Mark.strong != 0,
            ownerTag: try reader.uint64("vouched owner tag"))
    }

    /// Findings come last, and nobody makes them strong.
    private static func finding(_ record: Vouched) throws -> Finding {
        guard record.isFinding, !record.isStrong else { throw HelloRefusal.malformed }
        return Finding(
            record.address, epoch: record.epoch,
            isAnswered: record.ownerTag == HelloLayout.FindingTag.owner)
    }
}

extension Hello.Vouched {
    fileprivate var isFinding: Bool {
        ownerTag == HelloLayout.FindingTag.nobody || ownerTag == HelloLayout.FindingTag.owner
    }
}
