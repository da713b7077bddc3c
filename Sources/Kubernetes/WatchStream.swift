import AsyncHTTPClient
import JSON
import NIOCore

/// One line of a watch.
enum WatchEvent<R: Resource> {
    case changed(R)
    case removed(R)
    /// Nothing happened up to this version.
    case bookmark(resourceVersion: String)
    /// The watch is over; the server says why.
    case failed(APIStatus)
}

extension WatchEvent: Decodable {
    enum CodingKeys: String, CodingKey {
        case type, object
    }

    /// The object of a bookmark, of which only the version has a meaning.
    private struct Bookmark: Decodable {
        let metadata: ObjectMeta
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let type = try container.decode(String.self, forKey: .type)
        switch type {
        case "ADDED", "MODIFIED":
            self = .changed(try container.decode(R.self, forKey: .object))
        case "DELETED":
            self = .removed(try container.decode(R.self, forKey: .object))
        case "BOOKMARK":
            let object = try container.decode(Bookmark.self, forKey: .object)
            self = .bookmark(resourceVersion: object.metadata.resourceVersion)
        case "ERROR":
            self = .failed(try container.decode(APIStatus.self, forKey: .object))
        default:
            throw DecodingError.dataCorruptedError(
                forKey: .type, in: container, debugDescription: "\"\(type)\" is no watch event")
        }
    }
}

/// The events of one watch, until the server ends it.
struct WatchStream<R: Resource> {
    private let request: APIRequest
    private var body: HTTPClientResponse.Body.AsyncIterator
    private var framer = LineFramer()

    init(request: APIRequest, response: HTTPClientResponse) {
        self.request = request
        body = response.body.makeAsyncIterator()
    }

    /// Nil when the server ended the watch in good order.
    mutating func next() async throws(KubernetesError) -> WatchEvent<R>? {
        do {
            while true {
                if let line = try framer.next() {
                    let event = ManagedFields.removed(from: line.readableBytesView)
                    return try JSONValue(parsing: event).decoded()
                }
                guard let chunk = try await body.next() else { return nil }
                framer.append(chunk)
            }
        } catch is LineFramer.TooLong {
            let limit = LineFramer.lineBytesMax
            throw request.error(.unreadable("an event is longer than \(limit) bytes"))
        } catch {
            throw request.error(KubernetesError.Cause(answer: error))
        }
    }
}
