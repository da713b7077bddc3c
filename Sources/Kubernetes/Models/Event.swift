/// An Event (core/v1), the form that `kubectl describe` shows.
package struct Event: Resource, Hashable {
    package static let kind = "Event"
    package static let plural = "events"

    package var metadata: ObjectMeta
    package var involvedObject: ObjectReference
    package var reason: String
    package var message: String
    /// `Normal` or `Warning`.
    package var type: String
    package var count: Int
    package var firstTimestamp: Time?
    package var lastTimestamp: Time?
    package var source: EventSource
    package var reportingComponent: String
    package var reportingInstance: String
}

extension Event {
    enum CodingKeys: String, CodingKey {
        case metadata, involvedObject, reason, message, type, count, firstTimestamp, lastTimestamp
        case source, reportingComponent, reportingInstance
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        metadata = try container.decode(ObjectMeta.self, forKey: .metadata)
        involvedObject = try container.decode(ObjectReference.self, forKey: .involvedObject)
        reason = try container.decode(.reason, or: "")
        message = try container.decode(.message, or: "")
        type = try container.decode(.type, or: "")
        count = try container.decode(.count, or: 0)
        firstTimestamp = try container.decodeIfPresent(Time.self, forKey: .firstTimestamp)
        lastTimestamp = try container.decodeIfPresent(Time.self, forKey: .lastTimestamp)
        source = try container.decode(.source, or: EventSource(component: nil, host: nil))
        reportingComponent = try container.decode(.reportingComponent, or: "")
        reportingInstance = try container.decode(.reportingInstance, or: "")
    }
}

/// The object that an event is about.
package struct ObjectReference: Hashable, Sendable {
    package var apiVersion: String
    package var kind: String
    package var namespace: String
    package var name: String
    package var uid: String

    package init(apiVersion: String, kind: String, namespace: String, name: String, uid: String) {
        self.apiVersion = apiVersion
        self.kind = kind
        self.namespace = namespace
        self.name = name
        self.uid = uid
    }

    /// A reference to an object that was read.
    package init<R: Resource>(_ object: R) {
        self.init(
            apiVersion: R.apiVersion, kind: R.kind, namespace: object.metadata.namespace,
            name: object.metadata.name, uid: object.metadata.uid)
    }
}

extension ObjectReference: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        apiVersion = try container.decode(.apiVersion, or: "")
        kind = try container.decode(.kind, or: "")
        namespace = try container.decode(.namespace, or: "")
        name = try container.decode(.name, or: "")
        uid = try container.decode(.uid, or: "")
    }
}

/// Who reported an event: the program and its node.
package struct EventSource: Hashable, Codable, Sendable {
    package var component: String?
    package var host: String?

    package init(component: String?, host: String?) {
        self.component = component
        self.host = host
    }
}
