import HTTPServing

/// What a write asks for beside the path and the body.
struct WriteOptions: Sendable {
    enum FieldValidation: String, Sendable {
        case strict = "Strict"
        case warn = "Warn"
        case ignore = "Ignore"
    }

    let isDryRun: Bool
    let fieldValidation: FieldValidation

    init(isDryRun: Bool, fieldValidation: FieldValidation) {
        self.isDryRun = isDryRun
        self.fieldValidation = fieldValidation
    }

    init(_ request: HTTPRequest) throws(APIError) {
        let dryRuns = request.query.filter { $0.name == "dryRun" }.map(\.value)
        guard dryRuns.allSatisfy({ $0 == "All" || $0.isEmpty }) else {
            throw .badRequest("dryRun: Unsupported value: supported values: \"All\"")
        }
        isDryRun = dryRuns.contains("All")
        let asked = request.queryValue("fieldValidation") ?? ""
        guard let validation = FieldValidation(rawValue: asked.isEmpty ? "Warn" : asked) else {
            throw .badRequest(
                "fieldValidation: Unsupported value: \"\(asked)\": supported values: "
                    + "\"Ignore\", \"Strict\", \"Warn\"")
        }
        fieldValidation = validation
    }
}

/// A written object, and what the client should know about its document.
struct Written: Sendable {
    let object: JSONValue
    let warnings: [String]
    var isCreated = false
}

/// POST, PUT, PATCH and DELETE: each one transaction.
struct Writes: Sendable {
    let store: ObjectStore

    func create(
        _ target: RequestTarget, _ document: Document, _ options: WriteOptions
    ) async throws -> Written {
        let resource = target.resource
        let (given, warnings) = try document.decoded(as: resource, options)
        try document.check(target, name: nil)
        guard let name = MetadataRules.name(of: given) else {
            var causes = FieldCauses()
            causes.required("metadata.name", "name or generateName is required")
            throw APIError.invalid(
                kind: resource.kind, group: resource.group, name: "", causes.all)
        }
        guard given["metadata", "resourceVersion"] == nil else {
            throw APIError.badRequest("resourceVersion should not be set on objects to be created")
        }
        let key = target.key(name)
        let created = try await store.write(dryRun: options.isDryRun) { transaction in
            try requireNamespace(of: target, in: transaction)
            guard transaction.object(resource.qualifiedName, key) == nil else {
                throw APIError.alreadyExists(resource, name)
            }
            var object = given
            MetadataRules.initialize(&object, resource, key, uid: randomUID(), now: .now)
            try prepare(&object, old: nil, isStatus: false, resource, in: transaction)
            deleteExpired(resource, in: &transaction)
            return transaction.put(resource.qualifiedName, key, object)
        }
        return Written(object: created, warnings: warnings, isCreated: true)
    }

    func replace(
        _ target: RequestTarget, _ name: String, _ document: Document, _ options: WriteOptions
    ) async throws -> Written {
        let (given, warnings) = try document.decoded(as: target.resource, options)
        try document.check(target, name: name)
        if target.resource.needsVersion, given["metadata", "resourceVersion"] == nil {
            var causes = FieldCauses()
            causes.invalid("metadata.resourceVersion", 0, "must be specified for an update")
            throw APIError.invalid(
                kind: target.resource.kind, group: target.resource.group, name: name, causes.all)
        }
        let updated = try await store.write(dryRun: options.isDryRun) { transaction in
            try update(target, name, in: &transaction) { _ in given }
        }
        return Written(object: updated, warnings: warnings)
    }

    func patch(
        _ target: RequestTarget, _ name: String, _ patch: ObjectPatch, _ options: WriteOptions
    ) async throws -> Written {
        try await store.write(dryRun: options.isDryRun) { transaction in
            var warnings: [String] = []
            let object = try update(target, name, in: &transaction) { old in
                let patched = Document(value: try patch.applied(to: old, target.resource.schema))
                let (decoded, found) = try patched.decoded(as: target.resource, options)
                try patched.check(target, name: name)
                warnings = found
                return decoded
            }
            return Written(object: object, warnings: warnings)
        }
    }

    /// Creation is what lets a kind grow, so it also clears what has outlived its time.
    private func deleteExpired(_ resource: Resource, in transaction: inout Transaction) {
        guard let timeToLive = resource.timeToLiveSeconds else { return }
        let oldest = Timestamp(
            microseconds: Timestamp.now.microseconds - timeToLive * 1_000_000)
        let expired = transaction.objects(resource.qualifiedName).filter { _, object in
            let times = [
                object["metadata", "creationTimestamp"], object["lastTimestamp"],
                object["series", "lastObservedTime"],
            ]
            let latest = times.compactMap { $0?.string.flatMap { Timestamp($0) } }.max()
            return latest.map { $0 < oldest } ?? false
        }
        for key in expired.keys.sorted() { transaction.delete(resource.qualifiedName, key) }
    }

    /// Deletes one object; a namespace takes its content with it.
    func delete(
        _ target: RequestTarget, _ name: String, _ document: Document?, _ options: WriteOptions
    ) async throws -> JSONValue {
        let resource = target.resource
        let key = target.key(name)
        let preconditions = document?.value["preconditions"]
        let isDryRun = options.isDryRun || document?.value["dryRun"] == ["All"]
        let old = try await store.write(dryRun: isDryRun) { transaction in
            guard let old = transaction.object(resource.qualifiedName, key) else {
                throw APIError.notFound(resource, name)
            }
            for field in ["uid", "resourceVersion"] {
                guard let wanted = preconditions?[field], wanted != old["metadata"]?[field] else {
                    continue
                }
                throw APIError.conflict(
                    resource, name,
                    "the \(field) in the precondition (\(wanted.string ?? "")) "
                        + "does not match the \(field) in record "
                        + "(\(old["metadata"]?[field]?.string ?? ""))")
            }
            if resource.kind == "Namespace" { try empty(name, resource, in: &transaction) }
            transaction.delete(resource.qualifiedName, key)
            return old
        }
        var details: JSONValue = [
            "name": .string(name), "kind": .string(resource.plural),
            "uid": old["metadata", "uid"] ?? "",
        ]
        if !resource.group.isEmpty { details["group"] = .string(resource.group) }
        return [
            "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success",
            "details": details,
        ]
    }

    /// The namespaces that the real server never deletes.
    private static let permanentNamespaces = ["default", "kube-system"]

    private func empty(
        _ namespace: String, _ resource: Resource, in transaction: inout Transaction
    ) throws(APIError) {
        guard !Self.permanentNamespaces.contains(namespace) else {
            throw .forbidden(resource, namespace, "this namespace may not be deleted")
        }
        for inner in transaction.resources {
            for key in transaction.objects(inner).keys.sorted() where key.namespace == namespace {
                transaction.delete(inner, key)
            }
        }
    }

    // MARK: Rules that all updates share

    private func update(
        _ target: RequestTarget, _ name: String, in transaction: inout Transaction,
        _ change: (JSONValue) throws -> JSONValue
    ) throws -> JSONValue {
        let resource = target.resource
        let key = target.key(name)
        guard let old = transaction.object(resource.qualifiedName, key) else {
            throw APIError.notFound(resource, name)
        }
        var new = try change(old)
        let current = old["metadata", "resourceVersion"]
        if let stated = new["metadata", "resourceVersion"], stated != "0", stated != current {
            throw APIError.conflict(resource, name, APIError.staleVersion)
        }
        if let uid = new["metadata", "uid"], uid != old["metadata", "uid"] {
            throw APIError.conflict(
                resource, name,
                "Precondition failed: UID in precondition: "
                    + "\(uid.string ?? ""), UID in object meta: "
                    + "\(old["metadata", "uid"]?.string ?? "")")
        }
        if target.isStatus {
            // The status subresource leaves everything but status and metadata alone.
            let status = new["status"]
            let metadata = new["metadata"]
            new = old
            new["status"] = status
            new["metadata"] = metadata
        } else if resource.hasStatus {
            new["status"] = old["status"]
        }
        MetadataRules.carryOver(&new, from: old, resource)
        try prepare(&new, old: old, isStatus: target.isStatus, resource, in: transaction)
        return new == old ? old : transaction.put(resource.qualifiedName, key, new)
    }

    private func prepare(
        _ object: inout JSONValue, old: JSONValue?, isStatus: Bool, _ resource: Resource,
        in transaction: Transaction
    ) throws(APIError) {
        var preparation = Preparation(
            old: old, isStatus: isStatus, siblings: transaction.objects(resource.qualifiedName),
            now: .now)
        MetadataRules.check(object, resource, &preparation.causes)
        resource.prepare(&object, &preparation)
        let name = object["metadata", "name"]?.string ?? ""
        guard preparation.causes.all.isEmpty else {
            throw .invalid(
                kind: resource.kind, group: resource.group, name: name, preparation.causes.all)
        }
        let bytes = object.serialized.count
        guard bytes <= Self.objectBytesMax else {
            throw .tooLarge(
                "\(resource.qualifiedName) \"\(name)\" has \(bytes) bytes: limit is "
                    + "\(Self.objectBytesMax)")
        }
    }

    /// One stored object, serialized; the real server's limit.
    static let objectBytesMax = 1_536 << 10

    private func requireNamespace(
        of target: RequestTarget, in transaction: Transaction
    ) throws(APIError) {
        guard target.resource.isNamespaced else { return }
        let name = target.namespace ?? ""
        guard transaction.object("namespaces", ObjectKey(namespace: "", name: name)) != nil else {
            throw .notFound(.namespaces, name)
        }
    }
}
