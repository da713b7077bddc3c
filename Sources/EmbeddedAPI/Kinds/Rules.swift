import Addressing
import JSON

/// All annotations of one object together.
private let annotationBytesMax = 256 << 10

/// What is wrong with an IP address, or nil.
func addressProblem(_ text: String) -> String? {
    guard (try? IPAddress(text)) == nil else { return nil }
    return "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
}

/// The rules that several kinds share.
extension Schema {
    /// A text that `problem` finds nothing wrong with.
    static func text(_ problem: @escaping @Sendable (String) -> String?) -> Schema {
        .checked(.string) { value, path, causes in
            guard let problem = value.string.flatMap(problem) else { return }
            causes.invalid(path, value, problem)
        }
    }

    static func oneOf(_ texts: String...) -> Schema {
        .checked(.string) { value, path, causes in
            causes.supported(path, value.string ?? "", texts)
        }
    }

    static func integer(_ range: ClosedRange<Int64>, _ problem: String) -> Schema {
        .checked(.integer) { value, path, causes in
            guard let number = value.integer, !range.contains(number) else { return }
            causes.invalid(path, value, problem)
        }
    }

    static let port = integer(1...65_535, "must be between 1 and 65535, inclusive")
    static let transportProtocol = oneOf("SCTP", "TCP", "UDP")

    static let labels = Schema.checked(.stringMap) { labels, path, causes in
        for (key, value) in (labels.object ?? [:]).sorted(by: { $0.key < $1.key }) {
            if let problem = qualifiedNameProblem(key) {
                causes.invalid(path, .string(key), problem)
            }
            if let problem = labelValueProblem(value.string ?? "") {
                causes.invalid(path, value, problem)
            }
        }
    }

    private static let annotations = Schema.checked(.stringMap) { annotations, path, causes in
        var bytes = 0
        for (key, value) in (annotations.object ?? [:]).sorted(by: { $0.key < $1.key }) {
            bytes += key.utf8.count + (value.string?.utf8.count ?? 0)
            guard let problem = qualifiedNameProblem(key.lowercased()) else { continue }
            causes.invalid(path, .string(key), problem)
        }
        if bytes > annotationBytesMax { causes.tooLong(path, bytesMax: annotationBytesMax) }
    }

    /// The data of ConfigMaps and Secrets.
    static func entries(_ element: Schema) -> Schema {
        .checked(.map(element)) { entries, path, causes in
            for key in (entries.object ?? [:]).keys.sorted() {
                guard let problem = configKeyProblem(key) else { continue }
                causes.invalid("\(path)[\(key)]", .string(key), problem)
            }
        }
    }

    /// metav1.ObjectMeta.
    static func metadata(name nameProblem: @escaping @Sendable (String) -> String?) -> Schema {
        .fields(
            strings: "generateName namespace uid resourceVersion selfLink",
            integers: "generation deletionGracePeriodSeconds",
            times: "creationTimestamp deletionTimestamp",
            [
                "name": .text(nameProblem), "labels": .labels, "annotations": annotations,
                "finalizers": .checked(.list(.string, .primitives)) { _, path, causes in
                    causes.forbidden(
                        path, "finalizers are not supported by Herald's embedded API")
                },
                "ownerReferences": .list(
                    .fields(
                        strings: "apiVersion kind name uid",
                        booleans: "controller blockOwnerDeletion"), .byKey("uid")),
                "managedFields": .list(.any),
            ])
    }

    /// metav1.Condition and its older relatives.
    static let conditions = Schema.list(
        .fields(
            strings: "status reason message", integers: "observedGeneration",
            times: "lastTransitionTime lastHeartbeatTime lastUpdateTime",
            ["type": .required(.string)]), .byKey("type"))

    /// v1.ObjectReference.
    static let objectReference = Schema.fields(
        strings: "kind namespace name uid apiVersion resourceVersion fieldPath")
}
