import Foundation
import Status
import Testing

/// What a daemon answered, taken from the goldens of the room that writes it.
enum Answers {
    static func json(_ name: String) throws -> [UInt8] {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent()
        return Array(
            try Data(contentsOf: tests.appendingPathComponent("StatusTests/Golden/\(name)")))
    }

    static func status(_ name: String) throws -> DaemonStatus {
        try DaemonStatus(parsing: json("status-\(name).json"))
    }

    static func services() throws -> ServiceListing {
        try ServiceListing(parsing: json("services.json"))
    }
}

/// SplitMix64: the same numbers in every run.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A name as Kubernetes allows it, up to `length` characters.
    mutating func name(upTo length: Int) -> String {
        let characters = Array("abcdefghijklmnopqrstuvwxyz0123456789-")
        let count = Int.random(in: 1...length, using: &self)
        return String((0..<count).map { _ in characters.randomElement(using: &self) ?? "a" })
    }
}
