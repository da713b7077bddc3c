import Synchronization

/// A value for one taker, so that whoever handed it over does not keep it alive as well.
package final class HandedOver<Value: Sendable>: Sendable {
    private let value: Mutex<Value?>

    package init(_ value: Value?) {
        self.value = Mutex(value)
    }

    /// The value, the first time; nil ever after.
    package func take() -> Value? {
        value.withLock { $0.take() }
    }
}
