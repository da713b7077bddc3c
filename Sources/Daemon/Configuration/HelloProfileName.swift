import Ownership

/// The hello profiles as users name them.
package enum HelloProfileName: String, Hashable, Sendable, CaseIterable {
    case fast, normal, cautious

    package var profile: HelloProfile {
        switch self {
        case .fast: .fast
        case .normal: .normal
        case .cautious: .cautious
        }
    }
}
