import FoundationEssentials
import JSON
import Timing

/// The part of `metadata` that only the server writes.
enum ServerMetadata {
    /// How many characters `generateName` may have before the suffix.
    private static let generatedBaseMax = 58
    private static let suffixAlphabet = Array("bcdfghjklmnpqrstvwxz2456789")
    /// What clients decide; the rest is the server's.
    private static let clientFields = ["labels", "annotations", "finalizers", "ownerReferences"]

    /// The name that `metadata` asks for: its own, or its `generateName` with five random letters.
    static func name(of object: JSONValue) -> String? {
        if let name = object["metadata", "name"]?.string { return name }
        guard let base = object["metadata", "generateName"]?.string else { return nil }
        let suffix = (0..<5).compactMap { _ in suffixAlphabet.randomElement() }
        return String(base.prefix(generatedBaseMax)) + String(suffix)
    }

    /// What creation gives to an object.
    static func new(_ object: JSONValue, _ key: ObjectKey) -> JSONValue {
        var metadata: JSONValue = [
            "name": .string(key.name), "uid": .string(UUID().uuidString.lowercased()),
            "creationTimestamp": .string(WallTime.now.text()),
        ]
        metadata["namespace"] = key.namespace.isEmpty ? nil : .string(key.namespace)
        metadata["generateName"] = object["metadata", "generateName"]
        return metadata
    }

    /// Puts the server's own part into an object, whatever the client wrote there.
    static func set(_ server: JSONValue?, in object: inout JSONValue, _ resource: Resource) {
        var metadata = server ?? [:]
        for field in clientFields { metadata[field] = object["metadata", field] }
        object["metadata"] = metadata
        object["apiVersion"] = .string(resource.apiVersion)
        object["kind"] = .string(resource.kind)
    }
}

extension WallTime {
    /// CLOCK_REALTIME.
    static var now: WallTime {
        WallTime(microseconds: Int64(Date.now.timeIntervalSince1970 * 1_000_000))
    }
}
