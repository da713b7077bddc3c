/// A setting that cannot be used: which, what was found, what is wanted.
package struct ConfigurationError: Error, Hashable, CustomStringConvertible {
    package let setting: String
    package let found: String?
    package let wanted: String

    package init(setting: String, found: String?, wanted: String) {
        self.setting = setting
        self.found = found
        self.wanted = wanted
    }

    package var description: String {
        guard let found else { return "\(setting): nothing given; wanted \(wanted)" }
        return "\(setting): \"\(found)\" cannot be used; wanted \(wanted)"
    }
}
