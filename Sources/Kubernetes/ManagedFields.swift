/// Takes `metadata.managedFields` out of objects before they are read: who wrote which field is as
/// long as the object itself, and nobody here asks for it.
enum ManagedFields {
    private static let key = Array("\"managedFields\":".utf8)

    /// The JSON document with an empty list in the place of each list of that name.
    ///
    /// What is no list stays: a value of that name in a ConfigMap is a text. Within a text the
    /// quotation marks around the name are escaped, so what matches is a name. A list without an
    /// end stays as well, for whoever reads the document to refuse.
    static func removed(from document: some Collection<UInt8>) -> [UInt8] {
        Array(document).withUnsafeBufferPointer { bytes in
            var rest = [UInt8]()
            rest.reserveCapacity(bytes.count)
            var start = 0
            while let list = nextList(in: bytes, from: start),
                let end = end(ofList: list, in: bytes)
            {
                rest.append(contentsOf: bytes[start...list])
                start = end
            }
            rest.append(contentsOf: bytes[start...])
            return rest
        }
    }

    /// Where the next such list has its opening bracket.
    private static func nextList(
        in bytes: UnsafeBufferPointer<UInt8>, from start: Int
    ) -> Int? {
        var place = start
        while place + key.count < bytes.count {
            guard bytes[place] == key[0], bytes[place + 1] == key[1],
                key.indices.allSatisfy({ bytes[place + $0] == key[$0] }),
                place == 0 || bytes[place - 1] != UInt8(ascii: "\\")
            else {
                place += 1
                continue
            }
            place += key.count
            while place < bytes.count, bytes[place] == UInt8(ascii: " ") { place += 1 }
            if place < bytes.count, bytes[place] == UInt8(ascii: "[") { return place }
        }
        return nil
    }

    /// Where the list that opens at `start` has its closing bracket (RFC 8259).
    private static func end(
        ofList start: Int, in bytes: UnsafeBufferPointer<UInt8>
    ) -> Int? {
        var depth = 0
        var isInText = false
        var place = start
        while place < bytes.count {
            switch bytes[place] {
            case UInt8(ascii: "\\") where isInText: place += 1
            case UInt8(ascii: "\""): isInText.toggle()
            case UInt8(ascii: "[") where !isInText: depth += 1
            case UInt8(ascii: "]") where !isInText:
                depth -= 1
                if depth == 0 { return place }
            default: break
            }
            place += 1
        }
        return nil
    }
}
