/// What is wrong in a pool file, and where: `Pools/office.yaml:7:14: …`.
package struct PoolFileError: Error, Hashable, CustomStringConvertible {
    package let path: String
    /// Counted from 1; 0 when the whole file is meant.
    package let line: Int
    /// Characters, counted from 1.
    package let column: Int
    package let message: String

    package var description: String {
        line == 0 ? "\(path): \(message)" : "\(path):\(line):\(column): \(message)"
    }
}

/// Every error of a set of pool files, in file order; never empty.
package struct PoolFileErrors: Error, Hashable, CustomStringConvertible {
    package let errors: [PoolFileError]

    /// One line an error.
    package var description: String { errors.map(\.description).joined(separator: "\n") }
}
