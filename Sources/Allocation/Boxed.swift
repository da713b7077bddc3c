/// A value on the heap, so that a table of many records stays small and cheap to copy.
struct Boxed<Value: Sendable>: Sendable {
    private let storage: Storage

    private final class Storage: Sendable {
        let value: Value

        init(_ value: Value) {
            self.value = value
        }
    }

    init(_ value: Value) {
        storage = Storage(value)
    }

    var value: Value { storage.value }
}

extension Boxed: Equatable where Value: Equatable {
    static func == (left: Boxed, right: Boxed) -> Bool {
        left.storage === right.storage || left.value == right.value
    }
}
