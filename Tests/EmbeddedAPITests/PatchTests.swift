import Foundation
import JSON
import Laboratory
import Testing

@testable import EmbeddedAPI

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
        let ours = try Resource.services.schema.merged(document, with: try json(patch))
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
            try Resource.services.schema.merged(document, with: changes)
        }
    }
}
