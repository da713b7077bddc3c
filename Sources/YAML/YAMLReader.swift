/// Reads trees into values and notes everything that is wrong on the way, so that a user sees all
/// errors of a file at once.
package struct YAMLReader: Sendable {
    package private(set) var errors: [YAMLError] = []
    package private(set) var warnings: [YAMLError] = []

    package init() {}

    package mutating func refuse(_ position: YAMLPosition, _ message: String) {
        errors.append(YAMLError(position, message))
    }

    package mutating func warn(_ position: YAMLPosition, _ message: String) {
        warnings.append(YAMLError(position, message))
    }

    /// What `read` gives; nil when it throws, and the error is noted.
    package mutating func attempt<Value>(_ read: () throws(YAMLError) -> Value) -> Value? {
        do throws(YAMLError) {
            return try read()
        } catch {
            errors.append(error)
            return nil
        }
    }

    /// The entries of a mapping by key. A key that is not in `known`, or comes twice, is an error
    /// at the key; an entry without a value counts as absent.
    package mutating func fields(
        of node: YAMLNode, known: [String], in what: String
    ) -> [String: YAMLNode] {
        guard let entries = attempt({ () throws(YAMLError) in try node.mapping() }) else {
            return [:]
        }
        var places: [String: YAMLPosition] = [:]
        var fields: [String: YAMLNode] = [:]
        for entry in entries {
            guard case .scalar(let key, _) = entry.key.value else {
                refuse(entry.key.position, "\(entry.key.sight) found where a key is wanted")
                continue
            }
            if let place = places[key] {
                refuse(
                    entry.key.position,
                    "key \"\(key)\" is there twice, first in line \(place.line)")
                continue
            }
            places[key] = entry.key.position
            guard known.contains(key) else {
                refuse(entry.key.position, unknown(key, known, what))
                continue
            }
            if !entry.value.isNull { fields[key] = entry.value }
        }
        return fields
    }

    private func unknown(_ key: String, _ known: [String], _ what: String) -> String {
        let close = known.first { $0.lowercased() == key.lowercased() }
        let hint = close.map { "did you mean \"\($0)\"?" }
        return "unknown key \"\(key)\" in \(what); "
            + (hint ?? "it may have \(known.joined(separator: ", "))")
    }

    /// The elements of a list, each read by `read`; those that fail are left out.
    package mutating func list<Element>(
        _ node: YAMLNode?, _ read: (inout YAMLReader, YAMLNode) -> Element?
    ) -> [Element] {
        guard let node, let nodes = attempt({ () throws(YAMLError) in try node.sequence() }) else {
            return []
        }
        return nodes.compactMap { read(&self, $0) }
    }

    /// As `list`; an element that was there before is an error that names its first place.
    package mutating func distinctList<Element: Hashable>(
        _ node: YAMLNode?, of what: String, _ read: (inout YAMLReader, YAMLNode) -> Element?
    ) -> [Element] {
        var places: [Element: YAMLPosition] = [:]
        return list(node) { reader, node in
            guard let element = read(&reader, node) else { return nil }
            guard let place = places[element] else {
                places[element] = node.position
                return element
            }
            reader.refuse(
                node.position, "\(what) \(element) is there twice, first in line \(place.line)")
            return nil
        }
    }

    package mutating func text(_ node: YAMLNode?) -> String? {
        guard let node else { return nil }
        return attempt { () throws(YAMLError) in try node.text() }
    }

    package mutating func boolean(_ node: YAMLNode?, default value: Bool) -> Bool {
        guard let node else { return value }
        return attempt { () throws(YAMLError) in try node.boolean() } ?? value
    }

    package mutating func integer(
        _ node: YAMLNode?, in bounds: ClosedRange<Int>, default value: Int
    ) -> Int {
        guard let node else { return value }
        return attempt { () throws(YAMLError) in try node.integer(in: bounds) } ?? value
    }
}
