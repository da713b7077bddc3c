import HTTPServing
import JSON
import Timing

/// What a write asks for beside the path and the body.
struct WriteOptions: Sendable {
    /// What becomes of fields that the kind does not have.
    enum FieldValidation: String, CaseIterable, Sendable {
        case ignore = "Ignore"
        case strict = "Strict"
        case warn = "Warn"
    }

    private enum DryRun: String, CaseIterable {
        case all = "All"
    }

    var isDryRun = false
    var fieldValidation = FieldValidation.strict
}

extension WriteOptions {
    init(_ request: HTTPRequest) throws {
        let dryRun: DryRun? = try request.choice("dryRun")
        isDryRun = dryRun == .all
        fieldValidation = try request.choice("fieldValidation") ?? .warn
    }
}

/// POST, PUT, PATCH and DELETE: each one objects.
struct Writes: Sendable {
    /// One stored object, serialized; the real server's limit.
    private static let objectBytesMax = 1_536 << 10
    /// The namespaces that the real server never deletes.
    private static let permanentNamespaces = ["default", "kube-system"]

    let store: ObjectStore
    let target: RequestTarget
    let options: WriteOptions

    private var resource: Resource { target.resource }

    func create(_ document: Document) async throws -> Written {
        try await store.write(dryRun: options.isDryRun) { objects in
            var (object, warnings) = try document.decoded(for: target, name: nil, options)
            guard object["metadata", "resourceVersion"] == nil else {
                throw APIError.badRequest(
                    "resourceVersion should not be set on objects to be created")
            }
            guard let name = ServerMetadata.name(of: object) else {
                let problem = "Required value: name or generateName is required"
                throw APIError.invalid(
                    resource, "", FieldCauses("Required", "metadata.name", problem))
            }
            let key = target.key(name)
            let namespace = ObjectKey(namespace: "", name: key.namespace)
            if resource.isNamespaced, objects.object("namespaces", namespace) == nil {
                throw APIError.notFound(.namespaces, key.namespace)
            }
            guard objects.object(resource.qualifiedName, key) == nil else {
                throw APIError(
                    409, reason: "AlreadyExists", "\(resource.quoted(name)) already exists",
                    details: resource.details(name))
            }
            ServerMetadata.set(ServerMetadata.new(object, key), in: &object, resource)
            try prepare(&object, old: nil, among: objects)
            deleteExpired(in: &objects)
            let created = objects.put(resource.qualifiedName, key, object)
            return Written(object: created, warnings: warnings)
        }
    }

    func replace(_ name: String, _ document: Document) async throws -> Written {
        let version = document.value["metadata", "resourceVersion"]?.string ?? ""
        if resource.needsVersion, version.isEmpty {
            let problem = "Invalid value: 0: must be specified for an update"
            throw APIError.invalid(
                resource, name, FieldCauses("Invalid", "metadata.resourceVersion", problem))
        }
        return try await update(name) { _ in
            try document.decoded(for: target, name: name, options)
        }
    }

    func patch(_ name: String, _ patch: Patch) async throws -> Written {
        try await update(name) { old in
            let patched = Document(value: try patch.applied(to: old, resource.schema))
            do {
                return try patched.decoded(for: target, name: name, options)
            } catch let error as APIError {
                // What is wrong with the outcome is wrong with the patch.
                throw APIError(422, "\"\" is invalid: patch: Invalid value: \(error.message)")
            }
        }
    }

    private func update(
        _ name: String,
        _ change: @Sendable (JSONValue) throws -> (object: JSONValue, warnings: [String])
    ) async throws -> Written {
        try await store.write(dryRun: options.isDryRun) { objects in
            let old = try existing(name, among: objects)
            var (new, warnings) = try change(old)
            try check(new["metadata"], against: old)
            if target.isStatus {
                // The status subresource leaves everything but status and metadata alone.
                let (status, metadata) = (new["status"], new["metadata"])
                new = old
                new["status"] = status
                new["metadata"] = metadata
            } else if resource.hasStatus {
                new["status"] = old["status"]
            }
            ServerMetadata.set(old["metadata"], in: &new, resource)
            try prepare(&new, old: old, among: objects)
            if new != old { new = objects.put(resource.qualifiedName, target.key(name), new) }
            return Written(object: new, warnings: warnings)
        }
    }

    /// Deletes one object; a namespace takes its content with it.
    func delete(_ name: String, _ document: Document?) async throws -> JSONValue {
        let isDryRun = options.isDryRun || document?.value["dryRun"] == ["All"]
        let old = try await store.write(dryRun: isDryRun) { objects in
            let old = try existing(name, among: objects)
            try check(document?.value["preconditions"], against: old)
            if resource.kind == "Namespace" { try empty(name, in: &objects) }
            objects.delete(resource.qualifiedName, target.key(name))
            return old
        }
        var details = resource.details(name)
        details["uid"] = old["metadata", "uid"]
        return [
            "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success",
            "details": details,
        ]
    }

    private func empty(_ namespace: String, in objects: inout Objects) throws {
        guard !Self.permanentNamespaces.contains(namespace) else {
            throw APIError(
                403, "namespaces \"\(namespace)\" is forbidden: this namespace may not be deleted",
                details: resource.details(namespace))
        }
        for inner in objects.resources {
            for key in objects.all(inner).keys.sorted() where key.namespace == namespace {
                objects.delete(inner, key)
            }
        }
    }

    /// Creation is what lets a kind grow, so it also clears what has outlived its time.
    private func deleteExpired(in objects: inout Objects) {
        guard let expiry = resource.expiry else { return }
        let oldest = WallTime(microseconds: WallTime.now.microseconds - expiry.seconds * 1_000_000)
        let expired = objects.all(resource.qualifiedName).filter { _, object in
            let times = expiry.times.compactMap { WallTime(object.fieldText($0)) }
            return times.max().map { $0 < oldest } ?? false
        }
        for key in expired.keys.sorted() { objects.delete(resource.qualifiedName, key) }
    }

    // MARK: Rules that all writes share

    private func existing(_ name: String, among objects: Objects) throws -> JSONValue {
        guard let old = objects.object(resource.qualifiedName, target.key(name)) else {
            throw APIError.notFound(resource, name)
        }
        return old
    }

    /// Throws 409 unless the object still is what the client says it was made from.
    private func check(_ stated: JSONValue?, against old: JSONValue) throws {
        for field in ["uid", "resourceVersion"] {
            guard let wanted = stated?[field], let found = old["metadata", field],
                wanted != found, wanted != "0"
            else { continue }
            let name = old["metadata", "name"]?.string ?? ""
            throw APIError(
                409,
                "Operation cannot be fulfilled on \(resource.quoted(name)): the object has been "
                    + "modified; please apply your changes to the latest version and try again: "
                    + "its \(field) is \(found.text), not \(wanted.text)",
                details: resource.details(name))
        }
    }

    private func prepare(
        _ object: inout JSONValue, old: JSONValue?, among objects: Objects
    ) throws {
        var preparation = Preparation(old: old, siblings: objects.all(resource.qualifiedName))
        resource.prepare(&object, &preparation)
        let name = object["metadata", "name"]?.string ?? ""
        guard preparation.causes.all.isEmpty else {
            throw APIError.invalid(resource, name, preparation.causes)
        }
        let bytes = object.serialized.count
        guard bytes <= Self.objectBytesMax else {
            throw APIError(
                413, "\(resource.quoted(name)) has \(bytes) bytes: limit is \(Self.objectBytesMax)")
        }
    }
}
