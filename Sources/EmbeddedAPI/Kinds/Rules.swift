import Addressing
import JSON
import Naming

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
            guard let text = value.string, !texts.contains(text) else { return }
            let supported = texts.map { "\"\($0)\"" }.joined(separator: ", ")
            let message = "Unsupported value: \"\(text)\": supported values: \(supported)"
            causes.add("NotSupported", path, message)
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

    /// A map whose keys `problem` finds nothing wrong with; a refusal names the map, or the key too.
    static func map(
        _ element: Schema, naming: Bool = false,
        keys problem: @escaping @Sendable (String) -> String?
    ) -> Schema {
        .checked(.map(element)) { map, path, causes in
            for key in (map.object ?? [:]).keys.sorted() {
                guard let problem = problem(key) else { continue }
                causes.invalid(naming ? "\(path)[\(key)]" : path, .string(key), problem)
            }
        }
    }

    static let labels = map(.text(labelValueProblem), keys: qualifiedNameProblem)

    /// metav1.ObjectMeta.
    static func metadata(name nameProblem: @escaping @Sendable (String) -> String?) -> Schema {
        .fields([
            "generateName namespace uid resourceVersion selfLink": .string,
            "generation deletionGracePeriodSeconds": .integer,
            "creationTimestamp deletionTimestamp": .time,
            "name": .text(nameProblem), "labels": .labels,
            "annotations": .map(.string) { qualifiedNameProblem($0.lowercased()) },
            "finalizers": .checked(.list(.string, .primitives)) { _, path, causes in
                causes.forbidden(path, "finalizers are not supported by Herald's embedded API")
            },
            "ownerReferences": .list(
                .fields([
                    "apiVersion kind name uid": .string, "controller blockOwnerDeletion": .boolean,
                ]), .byKey("uid")),
            "managedFields": .list(.any),
        ])
    }

    /// metav1.Condition and its older relatives.
    static let conditions = Schema.list(
        .fields([
            "status reason message": .string, "observedGeneration": .integer,
            "lastTransitionTime lastHeartbeatTime lastUpdateTime": .time,
            "type": .required(.string),
        ]), .byKey("type"))

    /// v1.ObjectReference.
    static let objectReference = Schema.fields([
        "kind namespace name uid apiVersion resourceVersion fieldPath": .string
    ])
}
