import Addressing

extension Hello {
    /// Writes everything before the authentication code. The hello must fit: traps when it does
    /// not, or when a field is out of its limits.
    func serialize(into writer: inout ByteWriter, keyID: UInt32, clusterTag: UInt64) {
        let length = datagramBytes
        precondition(
            length <= HelloLayout.datagramBytesMax
                && (1...Self.nodeBytesMax).contains(node.utf8.count)
                && addresses.count <= Self.addressesMax,
            "hello of \(node): \(length) bytes, \(addresses.count) addresses")
        writer.uint32(HelloLayout.magic)
        writer.uint8(HelloLayout.version)
        writer.uint8(0)
        writer.uint16(UInt16(length))
        writer.uint32(keyID)
        writer.uint64(clusterTag)
        writeFacts(into: &writer)
        writeCounts(into: &writer)
        writer.bytes(node.utf8)
        for address in addresses { writer.marked(address, 0) }
        if coverageCode == HelloLayout.Coverage.range, let coverage {
            writer.marked(coverage.lowerBound, 0)
            writer.marked(coverage.upperBound, 0)
        }
        writeLists(into: &writer)
    }

    private func writeFacts(into writer: inout ByteWriter) {
        writer.uint32(incarnation)
        writer.uint64(sequence)
        writer.uint16(periodMilliseconds)
        writer.uint8(misses)
        writer.uint8(UInt8(node.utf8.count))
        writer.uint16(flags.rawValue)
        writer.address(linkAddress)
        writer.uint64(poolSetHash)
        writer.uint32(claimCount)
        writer.uint64(claimDigest)
    }

    private func writeCounts(into writer: inout ByteWriter) {
        writer.uint8(UInt8(addresses.count))
        writer.uint8(coverageCode)
        writer.uint16(UInt16(heard.count))
        writer.uint16(UInt16(claims.count))
        writer.uint16(UInt16(yields.count))
        writer.uint16(UInt16(gone.count))
        writer.uint16(UInt16(vouched.count + findings.count))
    }

    private func writeLists(into writer: inout ByteWriter) {
        for peer in heard {
            writer.uint64(peer.nodeTag)
            writer.uint32(peer.incarnation)
            writer.uint16(
                peer.ageMilliseconds.map { min($0, Heard.ageMax) } ?? HelloLayout.abstains)
        }
        for claim in claims {
            let strong = claim.isStrong ? HelloLayout.Mark.strong : 0
            let offered = claim.isOffered ? HelloLayout.Mark.offered : 0
            let withheld = claim.isWithheld ? HelloLayout.Mark.withheld : 0
            writer.marked(claim.address, strong | offered | withheld)
            writer.uint32(claim.epoch)
        }
        for record in yields {
            writer.marked(record.address, 0)
            writer.uint32(record.epoch)
        }
        for record in gone {
            writer.marked(record.address, 0)
            writer.uint32(record.epoch)
        }
        for record in vouched {
            writer.marked(record.address, record.isStrong ? HelloLayout.Mark.strong : 0)
            writer.uint32(record.epoch)
            writer.uint64(record.ownerTag)
        }
        for record in findings {
            writer.marked(record.address, 0)
            writer.uint32(record.epoch)
            writer.uint64(
                record.isAnswered
                    ? HelloLayout.FindingTag.owner : HelloLayout.FindingTag.nobody)
        }
    }

    private var coverageCode: UInt8 {
        switch coverage {
        case nil: HelloLayout.Coverage.none
        case Self.everything: HelloLayout.Coverage.everything
        default: HelloLayout.Coverage.range
        }
    }
}

extension ByteWriter {
    fileprivate mutating func marked(_ address: IPAddress, _ marks: UInt8) {
        switch address {
        case .ipv4(let address):
            uint8(marks)
            self.address(address)
        case .ipv6(let address):
            uint8(marks | HelloLayout.Mark.ipv6)
            self.address(address)
        }
    }
}
