/// The rules for `metadata` that all kinds share.
struct MetadataRules {
    /// All annotations of one object together.
    static let annotationBytesMax = 256 << 10
    /// How many characters `generateName` may have before the suffix.
    static let generatedBaseMax = 58
    private static let suffixAlphabet = Array("bcdfghjklmnpqrstvwxz2456789")

    /// The name that `metadata` asks for: its own, or its `generateName` with five random letters.
    static func name(of object: JSONValue) -> String? {
        if let name = object["metadata", "name"]?.string { return name }
        guard let base = object["metadata", "generateName"]?.string else { return nil }
        let suffix = (0..<5).compactMap { _ in suffixAlphabet.randomElement() }
        return String(base.prefix(generatedBaseMax)) + String(suffix)
    }

    /// What creation gives to `metadata`.
    static func initialize(
        _ object: inout JSONValue, _ resource: Resource, _ key: ObjectKey, uid: String,
        now: Timestamp
    ) {
        object["apiVersion"] = .string(resource.apiVersion)
        object["kind"] = .string(resource.kind)
        var metadata = object["metadata"] ?? [:]
        metadata["name"] = .string(key.name)
        metadata["namespace"] = key.namespace.isEmpty ? nil : .string(key.namespace)
        metadata["uid"] = .string(uid)
        metadata["creationTimestamp"] = .string(now.text)
        for field in serverFields { metadata[field] = nil }
        object["metadata"] = metadata
    }

    /// What an update cannot change in `metadata` stays as it was.
    static func carryOver(_ object: inout JSONValue, from old: JSONValue, _ resource: Resource) {
        object["apiVersion"] = .string(resource.apiVersion)
        object["kind"] = .string(resource.kind)
        var metadata = object["metadata"] ?? [:]
        for field in serverFields { metadata[field] = nil }
        for field in ["name", "namespace", "uid", "creationTimestamp", "generateName"] {
            metadata[field] = old["metadata"]?[field]
        }
        metadata["resourceVersion"] = old["metadata"]?["resourceVersion"]
        object["metadata"] = metadata
    }

    private static let serverFields = [
        "resourceVersion", "selfLink", "generation", "deletionTimestamp",
        "deletionGracePeriodSeconds", "managedFields",
    ]

    static func check(_ object: JSONValue, _ resource: Resource, _ causes: inout FieldCauses) {
        let metadata = object["metadata"] ?? [:]
        let name = metadata["name"]?.string ?? ""
        if let problem = resource.nameProblem(name) {
            causes.invalid("metadata.name", .string(name), problem)
        }
        check(labels: metadata["labels"], at: "metadata.labels", &causes)
        let annotations = metadata["annotations"]?.object ?? [:]
        for key in annotations.keys.sorted() {
            if let problem = qualifiedNameProblem(key.lowercased()) {
                causes.invalid("metadata.annotations", .string(key), problem)
            }
        }
        let bytes = annotations.reduce(0) { sum, annotation in
            sum + annotation.key.utf8.count + (annotation.value.string?.utf8.count ?? 0)
        }
        if bytes > annotationBytesMax {
            causes.tooLong("metadata.annotations", bytesMax: annotationBytesMax)
        }
        if metadata["finalizers"] != nil {
            causes.forbidden(
                "metadata.finalizers", "finalizers are not supported by Herald's embedded API")
        }
    }

    static func check(labels: JSONValue?, at path: String, _ causes: inout FieldCauses) {
        for (key, value) in (labels?.object ?? [:]).sorted(by: { $0.key < $1.key }) {
            if let problem = qualifiedNameProblem(key) {
                causes.invalid(path, .string(key), problem)
            }
            if let problem = labelValueProblem(value.string ?? "") {
                causes.invalid(path, value, problem)
            }
        }
    }
}
