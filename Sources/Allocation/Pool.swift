import Addressing
import Naming

/// An address pool as its file describes it, checked: no range overlaps another one.
package struct Pool: Hashable, Sendable {
    package var name: String
    /// In listed order, which is the order of allocation.
    package var ranges: [AddressRange]
    /// Never handed out, also not on request.
    package var excluded: [AddressRange]
    /// False: only services that ask for the pool or for an address of it.
    package var autoAssign: Bool
    /// Skips IPv4 addresses whose last byte is 0 or 255, also on request.
    package var avoidsBuggyAddresses: Bool
    /// Lower first; equal ones in file order.
    package var priority: Int
    /// Names of namespaces; united with `namespaceSelectors`.
    package var namespaces: [String]
    package var namespaceSelectors: [LabelSelector]
    /// One of them must match; in addition to the namespace conditions.
    package var serviceSelectors: [LabelSelector]
    /// Distinct addresses that one namespace may hold; nil: no bound.
    package var quotaPerNamespace: Int?
    /// How long a freed address rests, whoever waits.
    package var reuseDelay: Duration
    /// How long a freed address is kept for the namespace/name that held it.
    package var retain: Duration
    /// True: holders keep, nobody new.
    package var isDraining: Bool
    package var announce: AnnouncePolicy

    package static let priorityDefault = 100
    package static let retainDefault = Duration.seconds(24 * 60 * 60)

    package init(
        name: String, ranges: [AddressRange], excluded: [AddressRange] = [],
        autoAssign: Bool = true, avoidsBuggyAddresses: Bool = false,
        priority: Int = Pool.priorityDefault, namespaces: [String] = [],
        namespaceSelectors: [LabelSelector] = [], serviceSelectors: [LabelSelector] = [],
        quotaPerNamespace: Int? = nil, reuseDelay: Duration = .zero,
        retain: Duration = Pool.retainDefault, isDraining: Bool = false,
        announce: AnnouncePolicy = AnnouncePolicy()
    ) {
        self.name = name
        self.ranges = ranges
        self.excluded = excluded
        self.autoAssign = autoAssign
        self.avoidsBuggyAddresses = avoidsBuggyAddresses
        self.priority = priority
        self.namespaces = namespaces
        self.namespaceSelectors = namespaceSelectors
        self.serviceSelectors = serviceSelectors
        self.quotaPerNamespace = quotaPerNamespace
        self.reuseDelay = reuseDelay
        self.retain = retain
        self.isDraining = isDraining
        self.announce = announce
    }

    /// True when the pool names the services that it is for; such pools come first.
    package var selectsServices: Bool {
        !namespaces.isEmpty || !namespaceSelectors.isEmpty || !serviceSelectors.isEmpty
    }

    /// True when there is an address that may be handed out: not all are excluded or avoided.
    package var hasAddresses: Bool {
        AddressFamily.allCases.contains { PoolSpace(self, family: $0).hasAddresses }
    }
}
