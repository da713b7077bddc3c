import Foundation
import JSON
import Testing

@testable import Kubernetes

@Suite struct ServiceStatusPatchTests {
    private static func text(_ patch: ServiceStatusPatch) throws -> String {
        patch.body.text
    }

    @Test func oneWriteCarriesEverything() throws {
        let condition = Condition(
            type: "herald.dev/Allocated", status: "True", reason: "Allocated", message: "m",
            lastTransitionTime: Time(secondsSince1970: 0))
        let patch = ServiceStatusPatch(
            resourceVersion: "7", ingress: .entries([LoadBalancerIngress(ip: "192.0.2.16")]),
            conditions: [condition], annotations: ["herald.dev/allocated-from": "public"])
        #expect(
            try Self.text(patch) == """
                {"metadata":{"annotations":{"herald.dev/allocated-from":"public"},\
                "resourceVersion":"7"},"status":{"conditions":[\
                {"lastTransitionTime":"1970-01-01T00:00:00Z","message":"m","reason":"Allocated",\
                "status":"True","type":"herald.dev/Allocated"}],\
                "loadBalancer":{"ingress":[{"ip":"192.0.2.16","ipMode":"VIP"}]}}}
                """)
    }

    /// S2 of what users rely on: another type may only be told `ingress: null`.
    @Test func aReleaseRemovesWhatWasOurs() throws {
        let patch = ServiceStatusPatch(
            resourceVersion: "7", ingress: .none, removedConditions: ["herald.dev/Allocated"],
            annotations: ["herald.dev/allocated-from": nil])
        #expect(
            try Self.text(patch) == """
                {"metadata":{"annotations":{"herald.dev/allocated-from":null},\
                "resourceVersion":"7"},"status":{"conditions":[\
                {"$patch":"delete","type":"herald.dev/Allocated"}],\
                "loadBalancer":{"ingress":null}}}
                """)
    }

    @Test func whatIsNotSaidIsNotWritten() throws {
        let nothing = ServiceStatusPatch(resourceVersion: "7")
        #expect(try Self.text(nothing) == #"{"metadata":{"resourceVersion":"7"},"status":{}}"#)
        let empty = ServiceStatusPatch(resourceVersion: "7", ingress: .entries([]))
        #expect(
            try Self.text(empty) == """
                {"metadata":{"resourceVersion":"7"},"status":{"loadBalancer":{"ingress":[]}}}
                """)
    }

    /// S5 of what users rely on: entries of others go back as they came.
    @Test func unknownFieldsOfAnEntrySurvive() throws {
        let read =
            #"{"hostname":"h","ports":[{"port":1,"error":"e"}],"ipMode":"Proxy","x":{"y":1.5}}"#
        let entry = try JSONValue(parsing: read.utf8).decoded(as: LoadBalancerIngress.self)
        #expect(entry.hostname == "h")
        #expect(entry.ip == "")
        #expect(entry.ipMode == "Proxy")
        #expect(entry.ports == [["port": 1, "error": "e"]])
        let patch = ServiceStatusPatch(resourceVersion: "7", ingress: .entries([entry]))
        #expect(
            try Self.text(patch).contains(
                """
                "ingress":[{"hostname":"h","ipMode":"Proxy","ports":[{"error":"e","port":1}],\
                "x":{"y":1.5}}]
                """))
    }
}
