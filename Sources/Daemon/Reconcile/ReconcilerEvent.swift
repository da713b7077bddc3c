import Addressing
import Allocation
import Kubernetes
import Ownership
import PoolFile
import Wire

/// What happened, as the API loop learns it.
package enum ReconcilerEvent: Sendable {
    case services(Feed<Kubernetes.Service>)
    case endpointSlices(Feed<EndpointSlice>)
    case nodes(Feed<Node>)
    /// While this node leads.
    case namespaces(Feed<Namespace>)
    /// The uid of the namespace that tells clusters apart.
    case clusterIdentified(uid: String)
    case poolsLoaded(PoolFile.Contents)
    /// This node's Node object had these addresses when it was registered: perhaps a namesake's.
    case formerAddressesFound([IPAddress])
    /// What the file or the Secret of the hello keys holds, oldest first.
    case helloKeysRead([[UInt8]])
    /// The Secret of the hello keys cannot be read, or not be filled.
    case helloKeysUnreadable(KubernetesError)
    /// The last good set stays.
    case poolsRefused(PoolFileErrors)
    /// This node began or ceased to be the allocating leader.
    case leadershipChanged(isLeader: Bool, leader: String?)
    /// The segment loop's view of an address, a member, a probe.
    case ownership(OwnershipReport)
    /// The links, routes and addresses of this node.
    case linksChanged(LinkTable)
    /// A status write ended; the object as the server has it now.
    case statusWritten(ServiceKey, Result<Kubernetes.Service, KubernetesError>)
    /// What an earlier leader kept of freed addresses; nil: there is no such ConfigMap.
    case retainedRead(Result<ConfigMap?, KubernetesError>)
    case retainedWritten(Result<ConfigMap, KubernetesError>)
    /// `nextDeadline` has come.
    case deadlineReached
}

/// What is to be done; each is carried out on its own, its result comes back as an event.
package enum ReconcilerEffect: Sendable {
    /// Answered by `statusWritten`; at most one a service is under way.
    case writeStatus(ServiceKey, ServiceStatusPatch)
    case recordEvent(ServiceEvent)
    /// Answered by `retainedRead`.
    case readRetained
    /// Answered by `retainedWritten`; never while a read or another write is under way.
    case writeRetained(RetainedWrite)
    /// Answered by `namespaces`, from a snapshot on, until it is said otherwise.
    case followNamespaces(Bool)
    /// To the segment loop's mailbox, in this order.
    case tellSegment(OwnershipEvent)
    /// To the segment loop's mailbox, in order with the others.
    case useKeyring(HelloKeyring)
    /// To be found at a start while the API is away.
    case saveKeys(SavedHelloKeys)
    /// To be found at a start while the API is away.
    case saveLastKnown(LastKnown)
    /// Worth a line in the log.
    case note(Note)

    /// What an operator wants to find in the log.
    package enum Note: Hashable, Sendable {
        case poolsLoaded(pools: Int, warnings: [PoolFileError])
        case poolsRefused(PoolFileErrors)
        case statusWritten(ServiceKey, addresses: [IPAddress])
        case writeFailed(ServiceKey, KubernetesError)
        /// By their ids; the first one seals.
        case helloKeysChanged([UInt32])
        /// What is wrong with the ConfigMap of freed addresses, one sentence.
        case retainedUnusable(String)
        /// The API does not answer; so many addresses are known from before the start.
        case lastKnownUsed(addresses: Int)
        case apiLost
        case apiBack
        case address(OwnershipReport)
    }
}
