import JSON
import Testing

@testable import Kubernetes

@Suite struct ManagedFieldsTests {
    /// As a server writes them, and whatever a user may have written that looks alike.
    @Test(arguments: [
        (#"{"metadata":{"name":"a"}}"#, #"{"metadata":{"name":"a"}}"#),
        (
            #"{"metadata":{"managedFields":[{"f:spec":{"k:{\"port\":80}":{}}},[]],"name":"a"}}"#,
            #"{"metadata":{"managedFields":[],"name":"a"}}"#
        ),
        (
            #"{"metadata":{"managedFields": [ {"a":"]"},{"b":"\"]\\"} ] }}"#,
            #"{"metadata":{"managedFields": [] }}"#
        ),
        (
            #"{"a":{"managedFields":[1]},"b":{"managedFields":[2,3]}}"#,
            #"{"a":{"managedFields":[]},"b":{"managedFields":[]}}"#
        ),
        // A text of that name, and that name in a text.
        (#"{"data":{"managedFields":"[1]"}}"#, #"{"data":{"managedFields":"[1]"}}"#),
        (
            #"{"data":{"v":"{\"managedFields\":[1]}"}}"#,
            #"{"data":{"v":"{\"managedFields\":[1]}"}}"#
        ),
        (#"{"managedFields":null}"#, #"{"managedFields":null}"#),
        // What is no document is refused by who reads it.
        (#"{"managedFields":[1"#, #"{"managedFields":[1"#),
        (#"{"managedFields":["]"#, #"{"managedFields":["]"#),
        (#""managedFields":"#, #""managedFields":"#),
        ("", ""),
    ])
    func onlyListsOfThatNameGo(document: String, left: String) {
        let bytes = ManagedFields.removed(from: Array(document.utf8))
        #expect(String(decoding: bytes, as: UTF8.self) == left)
    }

    /// The same value as before but for the lists, wherever random documents have them.
    @Test func nothingElseChanges() throws {
        for seed in 0..<200 {
            let noise = (0...seed % 7).map { "\"k\($0)\":[\(seed),{\"x\":\"\\\"[\"}]" }
            let plain = "{\(noise.joined(separator: ",")),\"managedFields\":[]}"
            let full = plain.replacing("s\":[]", with: "s\":[{\"a\":[\"]\",\(seed)]},[]]")
            let left = try JSONValue(parsing: ManagedFields.removed(from: Array(full.utf8)))
            #expect(try left == JSONValue(parsing: Array(plain.utf8)))
        }
    }
}
