/// Which Herald this is: the one place that names the version.
package enum Release {
    /// Semantic version of both programs, as in CHANGELOG.md.
    package static let version = "0.1.0"
}
