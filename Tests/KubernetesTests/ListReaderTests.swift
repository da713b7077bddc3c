import Foundation
import JSON
import Laboratory
import Testing

@testable import Kubernetes

@Suite struct ListReaderTests {
    /// A list as the reader gives it, cut into portions of these lengths, in turn.
    private static func read(
        _ text: String, portions: [Int] = [1]
    ) throws -> (items: [String], rest: String, heldMax: Int) {
        var reader = ListReader()
        var (items, heldMax, turn) = ([String](), 0, 0)
        var left = Array(text.utf8)[...]
        while !left.isEmpty {
            let portion = left.prefix(portions[turn % portions.count])
            left = left.dropFirst(portion.count)
            turn += 1
            items += try reader.append(portion).map { String(decoding: $0, as: UTF8.self) }
            heldMax = max(heldMax, reader.heldBytes)
        }
        return (items, String(decoding: reader.rest, as: UTF8.self), heldMax)
    }

    @Test(arguments: [
        (
            "usual", #"{"kind":"L","items":[{"a":1},{"b":[2]}],"x":3}"#,
            [#"{"a":1}"#, #"{"b":[2]}"#]
        ),
        ("empty", #"{"items":[ ],"x":1}"#, []),
        ("none", #"{"x":1}"#, []),
        ("null", #"{"items":null}"#, []),
        ("blanks", "{\"items\" :\n [ {} ,\t{} ] }", [" {} ", "\t{} "]),
        ("brackets in texts", #"{"items":[{"a":"],}\\\"]"}]}"#, [#"{"a":"],}\\\"]"}"#]),
        ("another's items", #"{"metadata":{"items":[1]},"x":["items",[2]],"items":[3]}"#, ["3"]),
        ("items as a value", #"{"x":"items","y":[4],"items":[5]}"#, ["5"]),
        ("a comma too many", #"{"items":[1,]}"#, ["1", ""]),
        ("a comma alone", #"{"items":[,]}"#, ["", ""]),
    ])
    func itemsAreTakenOut(name: String, text: String, items: [String]) throws {
        for portions in [[1], [2, 3], [7], [1_000]] {
            let read = try Self.read(text, portions: portions)
            #expect(read.items == items, "\(name), \(portions)")
        }
    }

    /// Whatever the document and the portions, items and rest are what a whole reader sees.
    @Test func nothingIsLostOrChanged() throws {
        var draw = SplitMix64(seed: 5)
        for _ in 0..<300 {
            let items = (0..<Int(draw.next() % 5)).map { _ in Self.value(3, &draw) }
            let document: JSONValue = [
                "a": Self.value(3, &draw), "items": .array(items),
                "metadata": ["items": Self.value(2, &draw)], "z": Self.value(3, &draw),
            ]
            let portions = (0..<3).map { _ in Int(draw.next() % 9) + 1 }
            let read = try Self.read(document.text, portions: portions)
            #expect(try read.items.map { try JSONValue(parsing: $0.utf8) } == items)
            var rest = document
            rest["items"] = []
            #expect(try JSONValue(parsing: read.rest.utf8) == rest)
        }
    }

    private static func value(_ depth: Int, _ draw: inout SplitMix64) -> JSONValue {
        switch draw.next() % (depth > 0 ? 6 : 4) {
        case 0: return .null
        case 1: return .number("\(draw.next() % 100)")
        case 2: return .string(["items", "\"", "\\", "]}", "[{", ",\n", "ü"][Int(draw.next() % 7)])
        case 3: return .boolean(true)
        case 4: return .array((0..<Int(draw.next() % 4)).map { _ in value(depth - 1, &draw) })
        default: return ["items": value(depth - 1, &draw), "k\"": value(depth - 1, &draw)]
        }
    }

    /// A page of a thousand objects costs what one of them does.
    @Test func whatIsHeldIsOneItem() throws {
        let item = #"{"metadata":{"name":"\#(String(repeating: "x", count: 900))"}}"#
        let text =
            #"{"items":["# + Array(repeating: item, count: 1_000).joined(separator: ",") + "]}"
        let read = try Self.read(text, portions: [1_460])
        #expect(read.items.count == 1_000)
        #expect(read.heldMax < 2_000, "\(read.heldMax) of \(text.utf8.count) bytes")
    }

    @Test func anItemWithoutEndIsRefused() {
        var reader = ListReader()
        #expect(throws: ListReader.TooLong.self) {
            _ = try reader.append(#"{"items":[""#.utf8)
            for _ in 0...(ListReader.partBytesMax / 4_096) {
                _ = try reader.append(Array(repeating: UInt8(ascii: "x"), count: 4_096))
            }
        }
    }
}
