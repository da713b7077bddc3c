import Foundation
import Testing

@testable import PoolFile

/// Broken bytes: whatever they are, the loader answers, and every error has a place.
@Suite struct PoolFileFuzzTests {
    private static let seeds: [String] = [
        poolFile(
            "lab", "addresses: [192.0.2.0/28, 198.51.100.1-198.51.100.9, \"2001:db8::/64\"]",
            "exclude: [192.0.2.1]", "quota: {perNamespace: 4}", "retain: 1h30m",
            "serviceSelectors:", "- matchExpressions: [{key: a, operator: In, values: [b]}]",
            "announce:", "  preferNodes:", "  - {weight: 50, selector: {matchLabels: {r: a}}}"),
        "apiVersion: metallb.io/v1beta1\nkind: L2Advertisement\nmetadata: {name: a}\n"
            + "spec:\n  ipAddressPools: &x [a, b]\n  interfaces: *x\n",
        "apiVersion: metallb.io/v1beta1\nkind: IPAddressPool\nmetadata: {name: a}\nspec:\n"
            + "  addresses:\n  - 10.0.0.0/8\n  serviceAllocation: {priority: 1, namespaces: [a]}\n",
    ]
    private static let pieces = [
        "\t", "\n", "- ", ": ", "[", "]", "{", "}", "&x ", "*x", "!!str ", "? ", "|\n", "\"", "'",
        "---\n", "...\n", "%YAML 1.1\n", "\u{FEFF}", "\0", "null", "yes", "/129", "-", "::", "é",
    ]

    @Test(arguments: 1...8)
    func brokenFilesAreAnswered(seed: UInt64) {
        var state = seed
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        for _ in 0..<250 {
            var bytes = Array(Self.seeds[next(Self.seeds.count)].utf8)
            for _ in 0...next(5) {
                let place = next(bytes.count)
                switch next(4) {
                case 0: bytes[place] = UInt8(next(256))
                case 1: bytes.removeSubrange(place..<min(bytes.count, place + next(9)))
                case 2:
                    bytes.insert(contentsOf: Self.pieces[next(Self.pieces.count)].utf8, at: place)
                default:
                    bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 40)], at: place)
                }
                if bytes.isEmpty { bytes = [UInt8(ascii: "a")] }
            }
            do throws(PoolFileErrors) {
                _ = try PoolFile.load([PoolFile.Source(path: "f", bytes: bytes)])
            } catch {
                #expect(!error.errors.isEmpty)
                #expect(error.errors.allSatisfy { $0.line >= 1 && $0.column >= 1 })
            }
        }
    }
}
