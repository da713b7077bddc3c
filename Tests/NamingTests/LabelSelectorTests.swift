import Naming
import Testing

@Suite struct LabelSelectorTests {
    static let labels: [String: String] = ["app": "web", "tier": "front", "empty": ""]

    /// nil: refused.
    static let rows: [(String, Bool?)] = [
        ("", true), ("app=web", true), ("app==web", true), ("app = web", true),
        ("app=db", false), ("app!=db", true), ("app!=web", false), ("none!=x", true),
        ("app", true), ("none", false), ("!none", true), ("! app", false), ("empty=", true),
        ("app in (web,db)", true), ("app in (db)", false), ("app in(web)", true),
        ("app notin (db, x)", true), ("app notin (web)", false), ("none notin (a)", true),
        ("app=web,tier in (front,back),!none", true), ("app=web,tier=back", false),
        ("tier=front,tier=back", false), ("app in web", nil), ("=x", nil), ("a b=c", nil),
        ("app=!", nil), ("-a=b", nil),
    ]

    @Test(arguments: rows) func labelSelectors(text: String, matches: Bool?) {
        #expect((try? LabelSelector(text))?.matches(Self.labels) == matches)
    }
}
