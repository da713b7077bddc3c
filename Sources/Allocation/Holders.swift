import Addressing

/// The services that hold one address, by key: one of them without a list of its own.
enum Holders: Equatable, Sendable {
    case none
    case one(ServiceKey)
    /// Two or more, sorted.
    case several([ServiceKey])

    init(_ list: [ServiceKey]) {
        switch list.count {
        case 0: self = .none
        case 1: self = .one(list[0])
        default: self = .several(list)
        }
    }

    var list: [ServiceKey] {
        switch self {
        case .none: []
        case .one(let key): [key]
        case .several(let list): list
        }
    }

    var isEmpty: Bool {
        switch self {
        case .none: true
        case .one, .several: false
        }
    }

    func contains(_ key: ServiceKey) -> Bool {
        switch self {
        case .none: false
        case .one(let holder): holder == key
        case .several(let list): list.contains(key)
        }
    }

    /// Each of `others` is among these.
    func containsAll(of others: Holders) -> Bool {
        switch others {
        case .none: true
        case .one(let key): contains(key)
        case .several(let list): list.allSatisfy(contains)
        }
    }

    mutating func insert(_ key: ServiceKey) {
        guard !isEmpty else {
            self = .one(key)
            return
        }
        guard !contains(key) else { return }
        var list = list
        list.insert(key, at: list.partitionIndex { $0 > key })
        self = .several(list)
    }

    mutating func remove(_ key: ServiceKey) {
        self = Holders(list.filter { $0 != key })
    }
}
