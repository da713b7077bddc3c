/// Takes a list apart while its bytes arrive: each item by itself, and the list without its items.
///
/// What it holds is the item that has begun and the rest so far, so a page of any length costs the
/// memory of one object. It only finds where items begin and end; that they are JSON is for whoever
/// reads them to say.
struct ListReader {
    /// An item or the rest of the list is longer than `partBytesMax`.
    struct TooLong: Error {}

    /// Bytes of one item; etcd holds no object over 1.5 MiB, of which JSON makes at most some more.
    static let partBytesMax = 8 << 20

    /// The list, its `items` empty.
    private(set) var rest: [UInt8] = []
    private var item: [UInt8] = []
    /// Objects and arrays that are open.
    private var depth = 0
    private var isInText = false
    private var isEscaped = false
    private var isInItems = false
    /// Items of this list that a comma has ended.
    private var commas = 0
    /// Where in `rest` the last text of the list itself began, after its quotation mark.
    private var textStart = 0
    private var lastKey: [UInt8] = []

    /// What it holds of the list at this moment, in bytes.
    var heldBytes: Int { rest.count + item.count }

    /// Takes the next bytes, in any portions, and gives the items that are whole with them.
    mutating func append(_ chunk: some Sequence<UInt8>) throws(TooLong) -> [[UInt8]] {
        var items: [[UInt8]] = []
        for byte in chunk {
            if isInItems {
                if let ended = takeItemByte(byte) { items.append(ended) }
            } else {
                takeRestByte(byte)
            }
            guard max(rest.count, item.count) <= Self.partBytesMax else { throw TooLong() }
        }
        return items
    }

    /// Within `items`: the item that this byte ends, if it ends one.
    private mutating func takeItemByte(_ byte: UInt8) -> [UInt8]? {
        if !isInText, depth == 2 {
            switch byte {
            case UInt8(ascii: ","):
                commas += 1
                return endItem()
            case UInt8(ascii: "]"):
                isInItems = false
                takeRestByte(byte)
                let isEmpty = commas == 0 && item.allSatisfy(Self.isBlank)
                return isEmpty ? nil : endItem()
            default: break
            }
        }
        item.append(byte)
        track(byte)
        return nil
    }

    private mutating func endItem() -> [UInt8] {
        defer { item = [] }
        return item
    }

    private mutating func takeRestByte(_ byte: UInt8) {
        let wasInText = isInText
        rest.append(byte)
        track(byte)
        guard depth == 1 || (depth == 2 && byte == UInt8(ascii: "[")) else { return }
        switch byte {
        case UInt8(ascii: "\"") where !wasInText: textStart = rest.count
        case UInt8(ascii: "\"") where !isInText: lastKey = Array(rest[textStart..<rest.count - 1])
        case UInt8(ascii: ",") where !isInText: lastKey = []
        case UInt8(ascii: "[") where !isInText && lastKey.elementsEqual("items".utf8):
            isInItems = true
            commas = 0
            item = []
        default: break
        }
    }

    /// Follows texts and brackets (RFC 8259).
    private mutating func track(_ byte: UInt8) {
        guard !isInText else {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isInText = false
            }
            return
        }
        switch byte {
        case UInt8(ascii: "\""): isInText = true
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
        default: break
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        [0x20, 0x09, 0x0A, 0x0D].contains(byte)
    }
}
