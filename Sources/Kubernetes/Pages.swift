import AsyncHTTPClient
import JSON
import NIOCore

/// One page of a list.
package struct Page<R: Resource>: Sendable {
    package let items: [R]
    /// The version of the whole list, the same on each page: a watch starts from it.
    package let resourceVersion: String
    /// Where the next page starts; empty on the last one.
    let continuation: String
}

extension Page: Decodable {
    enum CodingKeys: String, CodingKey {
        case metadata, items
    }

    /// `metadata` of a list (meta/v1 ListMeta).
    private struct ListMeta: Decodable {
        let resourceVersion: String?
        let `continue`: String?
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let metadata = try container.decode(ListMeta.self, forKey: .metadata)
        resourceVersion = metadata.resourceVersion ?? ""
        continuation = metadata.continue ?? ""
        items = try container.decode(.items, or: [])
    }

    /// A list whose items were read apart from it.
    init(_ rest: Page, items: [R]) {
        self.items = items + rest.items
        resourceVersion = rest.resourceVersion
        continuation = rest.continuation
    }
}

/// The pages of a list, each read when it is asked for, so that one at a time is in memory.
///
/// Throws what `list` throws; a list that took so long that its place is gone is `isExpired`.
package struct Pages<R: Resource>: AsyncSequence, Sendable {
    package typealias Element = Page<R>
    package typealias Failure = KubernetesError

    /// Objects a page, as client-go's default.
    static var limit: Int { 500 }

    let client: KubernetesClient
    let namespace: String
    let selector: ListSelector

    package func makeAsyncIterator() -> Iterator { Iterator(pages: self) }

    package struct Iterator: AsyncIteratorProtocol {
        let pages: Pages
        /// Nil after the last page.
        private var continuation: String? = ""

        init(pages: Pages) {
            self.pages = pages
        }

        package mutating func next() async throws(KubernetesError) -> Page<R>? {
            guard let place = continuation else { return nil }
            let path = APIRequest.path(R.self, namespace: pages.namespace)
            var request = APIRequest(verb: .list, path: path, query: pages.selector.query)
            request.query.append(("limit", "\(Pages.limit)"))
            if !place.isEmpty { request.query.append(("continue", place)) }
            let page = try await pages.client.page(of: R.self, request)
            continuation = page.continuation.isEmpty ? nil : page.continuation
            return page
        }
    }
}

extension KubernetesClient {
    /// The objects of a kind, page by page; an empty namespace means all namespaces.
    package func pages<R: Resource>(
        _ type: R.Type, in namespace: String = "", _ selector: ListSelector = .all
    ) -> Pages<R> {
        Pages(client: self, namespace: namespace, selector: selector)
    }

    /// Reads a page item by item as it arrives; of its bytes only those of one item are kept.
    func page<R: Resource>(
        of type: R.Type, _ request: APIRequest
    ) async throws(KubernetesError) -> Page<R> {
        let response = try await open(request)
        do {
            var reader = ListReader()
            var items: [R] = []
            for try await chunk in response.body {
                for item in try reader.append(chunk.readableBytesView) {
                    items.append(
                        try JSONValue(parsing: ManagedFields.removed(from: item)).decoded())
                }
            }
            let rest = try JSONValue(parsing: reader.rest).decoded(as: Page<R>.self)
            return Page(rest, items: items)
        } catch is ListReader.TooLong {
            let limit = ListReader.partBytesMax
            throw request.error(.unreadable("an item is longer than \(limit) bytes"))
        } catch {
            throw request.error(KubernetesError.Cause(answer: error))
        }
    }

    /// All objects of a kind with the version of the list.
    package func list<R: Resource>(
        _ type: R.Type, in namespace: String = "", _ selector: ListSelector = .all
    ) async throws(KubernetesError) -> (items: [R], resourceVersion: String) {
        var items: [R] = []
        var resourceVersion = ""
        for try await page in pages(type, in: namespace, selector) {
            items += page.items
            resourceVersion = page.resourceVersion
        }
        return (items, resourceVersion)
    }
}
