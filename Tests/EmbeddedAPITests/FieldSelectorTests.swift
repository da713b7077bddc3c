import JSON
import Testing

@testable import EmbeddedAPI

@Suite struct FieldSelectorTests {
    static let rows: [(String, Bool?)] = [
        ("", true), ("metadata.name=web", true), ("metadata.name==web", true),
        ("metadata.name!=web", false), ("metadata.namespace=default,type=Normal", true),
        ("type=", false), ("reason=", true), ("involvedObject.kind=Service", true),
        ("involvedObject.kind!=Node", true), ("spec.nodeName=n1", nil), ("type", nil),
    ]

    @Test(arguments: rows) func selects(text: String, matches: Bool?) {
        let event: JSONValue = [
            "metadata": ["name": "web", "namespace": "default"], "type": "Normal",
            "involvedObject": ["kind": "Service"],
        ]
        let selectable = Resource.events.selectableFields
        let found = try? FieldSelector(text, selectable: selectable).matches(event)
        #expect(found == matches)
    }
}
