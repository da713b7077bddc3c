import Foundation
import JSON
import Laboratory
import Testing

@testable import Kubernetes

/// Bytes from outside are read or refused, never fatal: right documents with some bytes changed,
/// from fixed seeds.
@Suite struct AnyBytesTests {
    private static func mutated(_ text: String, _ draw: inout SplitMix64) -> [UInt8] {
        var bytes = Array(text.utf8)
        for _ in 0...Int(draw.next() % 4) where !bytes.isEmpty {
            let place = Int(draw.next() % UInt64(bytes.count))
            switch draw.next() % 4 {
            case 0: bytes[place] = UInt8(truncatingIfNeeded: draw.next())
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(bytes[Int(draw.next() % UInt64(bytes.count))], at: place)
            default: bytes.removeSubrange(place...)
            }
        }
        return bytes
    }

    @Test func watchLines() {
        let lines = [
            #"{"type":"MODIFIED","object":{"metadata":{"name":"a","resourceVersion":"7"},"#
                + #""spec":{"type":"LoadBalancer","ports":[{"port":80,"nodePort":30000}]},"#
                + #""status":{"loadBalancer":{"ingress":[{"ip":"192.0.2.1","ports":[1.5e3]}]}}}}"#,
            #"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"8"}}}"#,
            #"{"type":"ERROR","object":{"code":410,"details":{"retryAfterSeconds":1}}}"#,
        ]
        var draw = SplitMix64(seed: 2)
        var refused = 0
        for round in 0..<3_000 {
            let bytes = Self.mutated(lines[round % lines.count], &draw)
            do {
                _ = try JSONValue(parsing: bytes).decoded(as: WatchEvent<Service>.self)
            } catch {
                refused += 1
                guard let error = error as? DecodingError else { continue }
                #expect(!KubernetesError.Cause.decodingText(error).isEmpty)
            }
        }
        #expect(refused > 300 && refused < 3_000, "both happen: \(refused)")
    }

    @Test func times() {
        var draw = SplitMix64(seed: 3)
        var refused = 0
        for _ in 0..<20_000 {
            let bytes = Self.mutated("2026-01-02T03:04:05.123456+05:30", &draw)
            let text = String(decoding: bytes, as: UTF8.self)
            guard let time = MicroTime(text) else {
                refused += 1
                continue
            }
            #expect(MicroTime(time.description) == time, "\(text)")
        }
        #expect(refused > 2_000 && refused < 20_000, "both happen: \(refused)")
    }

    @Test func answersOfPlugins() {
        let right = """
            {"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":\
            {"token":"t","clientCertificateData":"C","clientKeyData":"K",\
            "expirationTimestamp":"2026-01-02T03:04:05Z"}}
            """
        var draw = SplitMix64(seed: 6)
        var refused = 0
        for _ in 0..<3_000 {
            let bytes = Self.mutated(right, &draw)
            do {
                _ = try ExecCredential(parsing: bytes, version: .v1)
            } catch {
                refused += 1
            }
        }
        #expect(refused > 300 && refused < 3_000, "both happen: \(refused)")
    }

    @Test func kubeconfigs() {
        let right = """
            clusters: [{name: lab, cluster: {server: https://a, certificate-authority-data: eA==}}]
            users: [{name: me, user: {token: t, client-key-data: eA==}}]
            contexts: [{name: x, context: {cluster: lab, user: me}}]
            current-context: x
            """
        var draw = SplitMix64(seed: 4)
        for _ in 0..<3_000 {
            let bytes = Self.mutated(right, &draw)
            _ = try? Kubeconfig(parsing: bytes, file: "k").access()
        }
    }
}
