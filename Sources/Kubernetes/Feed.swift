/// What a consumer that follows a kind is told.
///
/// A feed starts with `snapshot` (or with `interrupted` while the server is away) and says every
/// change at least once. Between `interrupted` and `resumed` the view may be out of date; when
/// changes were missed meanwhile, a `snapshot` comes first, in which what was deleted is absent.
package enum Feed<R: Resource>: Sendable {
    /// All objects there are: replaces everything said before.
    case snapshot([R])
    /// Added or modified.
    case changed(R)
    /// Deleted, with its last state.
    case removed(R)
    /// The view is stale from now on; said again when the reason changes.
    case interrupted(KubernetesError)
    /// The view is followed again.
    case resumed
}
