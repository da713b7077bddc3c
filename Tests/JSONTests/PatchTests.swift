import JSON
import Testing

private func json(_ text: String) throws -> JSONValue { try JSONValue(parsing: text.utf8) }

@Suite struct MergePatchTests {
    /// RFC 7386 appendix A.
    static let rows = [
        (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
        (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
        (#"{"a":"b"}"#, #"{"a":null}"#, "{}"),
        (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
        (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
        (#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
        (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
        (#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#),
        (#"["a","b"]"#, #"["c","d"]"#, #"["c","d"]"#), (#"{"a":"b"}"#, #"["c"]"#, #"["c"]"#),
        (#"{"e":null}"#, #"{"a":1}"#, #"{"a":1,"e":null}"#),
        ("[1,2]", #"{"a":"b","c":null}"#, #"{"a":"b"}"#),
        ("{}", #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
    ]

    @Test(arguments: rows) func merges(original: String, patch: String, result: String) throws {
        #expect(try json(original).mergePatched(with: json(patch)) == json(result))
    }
}

@Suite struct JSONPatchTests {
    /// RFC 6902 appendix A, by its numbers; nil: refused.
    static let rows: [(String, String, String, String?)] = [
        (
            "A.1", #"{"foo":"bar"}"#, #"[{"op":"add","path":"/baz","value":"qux"}]"#,
            #"{"baz":"qux","foo":"bar"}"#
        ),
        (
            "A.2", #"{"foo":["bar","baz"]}"#, #"[{"op":"add","path":"/foo/1","value":"qux"}]"#,
            #"{"foo":["bar","qux","baz"]}"#
        ),
        (
            "A.3", #"{"baz":"qux","foo":"bar"}"#, #"[{"op":"remove","path":"/baz"}]"#,
            #"{"foo":"bar"}"#
        ),
        (
            "A.4", #"{"foo":["bar","qux","baz"]}"#, #"[{"op":"remove","path":"/foo/1"}]"#,
            #"{"foo":["bar","baz"]}"#
        ),
        (
            "A.5", #"{"baz":"qux","foo":"bar"}"#,
            #"[{"op":"replace","path":"/baz","value":"boo"}]"#, #"{"baz":"boo","foo":"bar"}"#
        ),
        (
            "A.6", #"{"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}}"#,
            #"[{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]"#,
            #"{"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}}"#
        ),
        (
            "A.7", #"{"foo":["all","grass","cows","eat"]}"#,
            #"[{"op":"move","from":"/foo/1","path":"/foo/3"}]"#,
            #"{"foo":["all","cows","eat","grass"]}"#
        ),
        (
            "A.8", #"{"baz":"qux","foo":["a",2,"c"]}"#,
            #"[{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2}]"#,
            #"{"baz":"qux","foo":["a",2,"c"]}"#
        ),
        ("A.9", #"{"baz":"qux"}"#, #"[{"op":"test","path":"/baz","value":"bar"}]"#, nil),
        (
            "A.10", #"{"foo":"bar"}"#, #"[{"op":"add","path":"/child","value":{"grandchild":{}}}]"#,
            #"{"foo":"bar","child":{"grandchild":{}}}"#
        ),
        ("A.12", #"{"foo":"bar"}"#, #"[{"op":"add","path":"/baz/bat","value":"qux"}]"#, nil),
        (
            "A.14", #"{"/":9,"~1":10}"#, #"[{"op":"test","path":"/~01","value":10}]"#,
            #"{"/":9,"~1":10}"#
        ),
        ("A.15", #"{"/":9,"~1":10}"#, #"[{"op":"test","path":"/~01","value":"10"}]"#, nil),
        (
            "A.16", #"{"foo":["bar"]}"#, #"[{"op":"add","path":"/foo/-","value":["abc","def"]}]"#,
            #"{"foo":["bar",["abc","def"]]}"#
        ),
        (
            "copy", #"{"a":{"b":1}}"#, #"[{"op":"copy","from":"/a","path":"/c"}]"#,
            #"{"a":{"b":1},"c":{"b":1}}"#
        ),
        ("whole", #"{"a":1}"#, #"[{"op":"replace","path":"","value":{"b":2}}]"#, #"{"b":2}"#),
        (
            "deep", #"{"a":[{"b":[1,2]}]}"#, #"[{"op":"remove","path":"/a/0/b/1"}]"#,
            #"{"a":[{"b":[1]}]}"#
        ),
        ("beyond the end", #"{"a":[1]}"#, #"[{"op":"add","path":"/a/2","value":1}]"#, nil),
        ("leading zero", #"{"a":[1,2]}"#, #"[{"op":"remove","path":"/a/01"}]"#, nil),
        ("remove what is not there", "{}", #"[{"op":"remove","path":"/a"}]"#, nil),
        ("replace what is not there", "{}", #"[{"op":"replace","path":"/a","value":1}]"#, nil),
        ("remove the whole", "{}", #"[{"op":"remove","path":""}]"#, nil),
        ("unknown operation", "{}", #"[{"op":"merge","path":"/a"}]"#, nil),
        ("no operation", "{}", #"[{}]"#, nil), ("no array", "{}", "{}", nil),
        ("no pointer", "{}", #"[{"op":"add","path":"a","value":1}]"#, nil),
        ("no value", "{}", #"[{"op":"add","path":"/a"}]"#, nil),
        ("into a text", #"{"a":"b"}"#, #"[{"op":"add","path":"/a/b","value":1}]"#, nil),
    ]

    @Test(arguments: rows)
    func applies(name: String, original: String, patch: String, result: String?) throws {
        let document = try json(original)
        let applied = try? JSONPatch(json(patch)).applied(to: document)
        #expect(applied == (try result.map(json)), "\(name)")
    }

    @Test func doublingIsStopped() throws {
        let operations = (0..<60).map { index -> JSONValue in
            ["op": "copy", "from": "", "path": index % 2 == 0 ? "/a" : "/b"]
        }
        let patch = try JSONPatch(.array(operations))
        #expect(throws: JSONPatchError.self) {
            try patch.applied(to: ["a": .string(String(repeating: "x", count: 1_000)), "b": 1])
        }
    }
}
