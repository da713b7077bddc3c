import Foundation
import JSON
import Laboratory
import Testing

@testable import EmbeddedAPI

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
        #expect(mergePatched(try json(original), with: try json(patch)) == (try json(result)))
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
        let applied = try? {
            var patch = try JSONPatch(try json(patch))
            return try patch.applied(to: document)
        }()
        #expect(applied == (try result.map(json)), "\(name)")
    }

    @Test func doublingIsStopped() throws {
        let operations = (0..<60).map { index -> JSONValue in
            ["op": "copy", "from": "", "path": index % 2 == 0 ? "/a" : "/b"]
        }
        var patch = try JSONPatch(.array(operations))
        #expect(throws: APIError.self) {
            try patch.applied(to: ["a": .string(String(repeating: "x", count: 1_000)), "b": 1])
        }
    }
}

@Suite struct StrategicMergePatchTests {
    static let service = """
        {"apiVersion":"v1","kind":"Service","metadata":{"name":"web","labels":{"a":"1","b":"2"},
        "finalizers":["x","y"]},"spec":{"selector":{"app":"web"},"ports":[
        {"name":"http","port":80,"protocol":"TCP"},{"name":"tls","port":443,"protocol":"TCP"},
        {"name":"dns","port":53,"protocol":"TCP"}],"externalIPs":["192.0.2.1","192.0.2.2"]},
        "status":{"loadBalancer":{"ingress":[{"ip":"192.0.2.9"}]},"conditions":[
        {"type":"foreign","status":"True"},{"type":"ours","status":"False","message":"m"}]}}
        """

    /// Each patch, applied by kubectl's own implementation to the same object as the oracle.
    static let patches = [
        #"{"spec":{"ports":[{"port":80,"name":"web"}]}}"#,
        #"{"spec":{"ports":[{"port":8080,"name":"more"}]}}"#,
        #"{"spec":{"ports":[{"$patch":"delete","port":80}]}}"#,
        #"{"spec":{"ports":[{"$patch":"replace"},{"port":1,"name":"only"}]}}"#,
        #"{"spec":{"$setElementOrder/ports":[{"port":53},{"port":80},{"port":443}]}}"#,
        #"""
        {"spec":{"$setElementOrder/ports":[{"port":443},{"port":8080}],"ports":[{"port":8080,\#
        "name":"n"}]}}
        """#,
        #"""
        {"spec":{"$setElementOrder/ports":[{"port":8080},{"port":80}],"ports":[{"port":8080,\#
        "name":"n"}]}}
        """#,
        #"{"spec":{"selector":{"$patch":"replace","other":"x"}}}"#,
        #"{"spec":{"selector":null}}"#, #"{"spec":{"selector":{"app":null,"tier":"front"}}}"#,
        #"{"spec":{"externalIPs":["192.0.2.3"]}}"#,
        #"{"metadata":{"labels":{"a":null,"c":"3"}}}"#,
        #"{"metadata":{"labels":{"$retainKeys":["b","c"],"c":"3"}}}"#,
        #"{"metadata":{"finalizers":["z"]}}"#,
        #"{"metadata":{"$deleteFromPrimitiveList/finalizers":["x"]}}"#,
        #"{"metadata":{"$setElementOrder/finalizers":["z","y","x"],"finalizers":["z"]}}"#,
        #"{"status":{"conditions":[{"type":"ours","status":"True"}]}}"#,
        #"{"status":{"conditions":[{"type":"new","status":"True"}]}}"#,
        #"{"status":{"conditions":[{"$patch":"delete","type":"ours"}]}}"#,
        #"{"status":{"loadBalancer":{"ingress":[{"ip":"192.0.2.10"},{"ip":"2001:db8::1"}]}}}"#,
        #"{"status":{"loadBalancer":{"ingress":null}}}"#, #"{"status":{"$patch":"replace"}}"#,
    ]

    @Test(arguments: patches) func agreesWithKubectl(patch: String) async throws {
        let document = try json(Self.service)
        let ours = try StrategicMergePatch.merged(
            document, with: try json(patch), Resource.services.schema)
        let command = try await Command.runAside(
            "kubectl",
            ["patch", "--local", "-f", "-", "--type", "strategic", "-p", patch, "-o", "json"],
            environment: ["HOME": NSTemporaryDirectory()], input: Self.service)
        try #require(command.succeeded, "\(command.errorOutput)")
        let theirs = try json(command.output)
        #expect(try decoded(ours) == decoded(theirs))
    }

    /// Both in the kind's shape: kubectl drops what is empty, too.
    private func decoded(_ value: JSONValue) throws -> JSONValue {
        var shaped = try Resource.services.schema.decode(value).value
        for part in ["spec", "status"] where shaped[part] == nil || shaped[part] == [:] {
            shaped[part] = nil
        }
        if shaped["status", "loadBalancer"] == [:] { shaped["status", "loadBalancer"] = nil }
        if shaped["status"] == [:] { shaped["status"] = nil }
        return shaped
    }

    static let refused = [
        "[]", #""x""#, #"{"spec":{"ports":[1]}}"#, #"{"spec":{"ports":[{"name":"x"}]}}"#,
        #"{"spec":{"$patch":"merge-ish"}}"#, #"{"spec":{"$retainKeys":[1]}}"#,
        #"{"spec":{"$retainKeys":["a"],"selector":{}}}"#,
    ]

    @Test(arguments: refused) func refuses(patch: String) throws {
        let document = try json(Self.service)
        let changes = try json(patch)
        #expect(throws: APIError.self) {
            try StrategicMergePatch.merged(document, with: changes, Resource.services.schema)
        }
    }
}
