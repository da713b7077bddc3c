import Glibc

/// A descriptor of the kernel that is closed when its holder goes.
struct FileDescriptor: ~Copyable, Sendable {
    let number: Int32

    /// Takes over a descriptor that a call has just given; throws that call's error for -1.
    init(
        _ result: Int32, from call: String, on object: @autoclosure () -> String
    ) throws(SystemCallError) {
        number = try SystemCallError.check(result, call, on: object())
    }

    deinit { close(number) }
}
