import Allocation
import YAML

/// Reads pool files.
package enum PoolFile {
    /// One file: the path as the user wrote it, for messages, and its bytes.
    package struct Source: Sendable {
        package let path: String
        package let bytes: [UInt8]

        package init(path: String, bytes: [UInt8]) {
            self.path = path
            self.bytes = bytes
        }
    }

    /// What the files say.
    package struct Contents: Hashable, Sendable {
        package let pools: PoolSet
        /// What could not be honoured, in file order.
        package let warnings: [PoolFileError]
    }

    /// Reads all files as one set, pools in the order of the files; throws every error of all
    /// files, in order, and then nothing is loaded.
    package static func load(_ sources: [Source]) throws(PoolFileErrors) -> Contents {
        var objects = PlacedObjects()
        var readers: [YAMLReader] = []
        for (file, source) in sources.enumerated() {
            var reader = YAMLReader()
            do throws(YAMLError) {
                for document in try YAMLDocuments(parsing: source.bytes).nodes {
                    reader.document(document, file: file, into: &objects)
                }
            } catch {
                reader.refuse(error.position, error.message)
            }
            readers.append(reader)
        }
        var checks = PoolChecks(paths: sources.map(\.path))
        checks.check(objects.pools)
        var join = AdvertisementJoin()
        join.join(objects.advertisements, to: &objects.pools)
        var errors: [PoolFileError] = []
        var warnings: [PoolFileError] = []
        for (file, source) in sources.enumerated() {
            let refused = checks.errors.filter { $0.file == file }.map(\.error)
            let warned = join.warnings.filter { $0.file == file }.map(\.error)
            errors += placed(readers[file].errors + refused, source.path)
            warnings += placed(readers[file].warnings + warned, source.path)
        }
        guard errors.isEmpty else { throw PoolFileErrors(errors: errors) }
        return Contents(pools: PoolSet(objects.pools.map(\.pool)), warnings: warnings)
    }

    private static func placed(_ errors: [YAMLError], _ path: String) -> [PoolFileError] {
        errors.sorted { ($0.position, $0.message) < ($1.position, $1.message) }.map {
            PoolFileError(
                path: path, line: $0.position.line, column: $0.position.column,
                message: $0.message)
        }
    }
}

/// Everything that all files hold, in file order.
struct PlacedObjects {
    var pools: [PlacedPool] = []
    var advertisements: [PlacedAdvertisement] = []
}

extension YAMLReader {
    /// One document by its kind; a list as `kubectl get -o yaml` prints it is read item by item.
    mutating func document(
        _ document: YAMLNode, file: Int, into objects: inout PlacedObjects
    ) {
        guard case .mapping(let entries) = document.value else {
            refuse(
                document.position,
                "\(document.sight) found where an object with apiVersion and kind is wanted")
            return
        }
        func field(_ name: String) -> YAMLNode? {
            entries.first { $0.key.value == .scalar(name, isPlain: true) }?.value
        }
        guard let versionNode = field("apiVersion"), let kindNode = field("kind") else {
            refuse(document.position, "the object has no apiVersion or no kind")
            return
        }
        guard let version = text(versionNode), let kind = text(kindNode) else { return }
        switch (version, kind) {
        case ("herald.dev/v1", "AddressPool"):
            if let pool = addressPool(document, file: file) { objects.pools.append(pool) }
        case ("metallb.io/v1beta1", "IPAddressPool"):
            if let pool = metalLBPool(document, file: file) { objects.pools.append(pool) }
        case ("metallb.io/v1beta1", "L2Advertisement"):
            if let found = l2Advertisement(document, file: file) {
                objects.advertisements.append(found)
            }
        case ("v1", "List"):
            for item in list(field("items"), { $1 }) {
                self.document(item, file: file, into: &objects)
            }
        case (let version, let kind)
        where version.hasPrefix("metallb.io/") && MetalLBKeys.unreadKinds.contains(kind):
            warn(kindNode.position, "kind \(kind) is not honoured: Herald speaks ARP and ND only")
        default:
            refuse(
                kindNode.position,
                "kind \(kind) of \(version) is unknown; pools are AddressPool of herald.dev/v1")
        }
    }
}
