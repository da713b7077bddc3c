/// A kubeconfig that cannot be used: which file, where in it, and what is wrong.
package struct KubeconfigError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    init(_ file: String, _ problem: String) {
        description = "kubeconfig \(file): \(problem)"
    }
}
