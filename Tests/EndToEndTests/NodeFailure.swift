/// What a node was asked for and did not do.
struct NodeFailure: Error, CustomStringConvertible {
    let description: String
}
