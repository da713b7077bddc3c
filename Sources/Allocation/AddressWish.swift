import Addressing

/// What a service asks for: addresses, a pool, a key to share under; each may be absent.
package struct AddressWish: Hashable, Sendable {
    /// In the order written; the allocator checks number and families.
    package var addresses: [IPAddress]
    package var pool: String?
    /// Never empty.
    package var sharingKey: String?
    /// What is wrong with the request, one sentence with the text that was read; nil: nothing.
    package var problem: String?

    package init(
        addresses: [IPAddress] = [], pool: String? = nil, sharingKey: String? = nil,
        problem: String? = nil
    ) {
        self.addresses = addresses
        self.pool = pool
        self.sharingKey = sharingKey
        self.problem = problem
    }
}
