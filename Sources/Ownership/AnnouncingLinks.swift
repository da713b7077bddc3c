extension Ownership {
    /// The links that may announce, ascending: those to listen on.
    package var announcingLinks: [Int32] { segments.map(\.link) }
}
