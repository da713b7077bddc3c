import Addressing
import Kubernetes
import Logging
import Ownership
import PoolFile
import Timing

extension ReconcilerEffect.Note {
    /// One line: a static message, values in metadata.
    func log(to logger: Logger) {
        switch self {
        case .poolsLoaded(let pools, let warnings):
            logger.info("pools loaded", metadata: ["pools": "\(pools)"])
            for warning in warnings {
                logger.warning("pool file", metadata: ["found": "\(warning)"])
            }
        case .poolsRefused(let errors):
            for error in errors.errors {
                logger.error(
                    "pool files refused, the last good set stays", metadata: ["found": "\(error)"])
            }
        case .statusWritten(let service, let addresses):
            let list = addresses.map(\.description).joined(separator: ",")
            logger.info(
                "status written", metadata: ["service": "\(service)", "addresses": "\(list)"])
        case .writeFailed(let service, let error):
            logger.log(
                level: error.isConflict || error.isNotFound ? .debug : .warning,
                "status not written", metadata: ["service": "\(service)", "error": "\(error)"])
        case .helloKeysChanged(let ids):
            let list = ids.map { String($0, radix: 16) }.joined(separator: ",")
            logger.info("hello keys changed; the first one seals", metadata: ["ids": "\(list)"])
        case .retainedUnusable(let problem):
            logger.warning("freed addresses", metadata: ["found": "\(problem)"])
        case .lastKnownUsed(let addresses):
            logger.warning(
                "the API does not answer: announcing what was known before the start",
                metadata: ["addresses": "\(addresses)"])
        case .apiLost:
            logger.warning("API lost: what is announced stays")
        case .apiBack:
            logger.info("API is back")
        case .address(let report):
            report.log(to: logger)
        }
    }
}

extension OwnershipReport {
    fileprivate func log(to logger: Logger) {
        switch self {
        case .addressChanged(let status):
            logger.info("address changed", metadata: status.metadata)
        case .addressForgotten(let address):
            logger.info("address released", metadata: ["address": "\(address)"])
        case .memberChanged(let member):
            logger.info(
                "member changed",
                metadata: ["member": "\(member.node)", "state": "\(member.state.rawValue)"])
        case .probeFinished(let address, let result):
            logger.info(
                "address probed", metadata: ["address": "\(address)", "result": "\(result)"])
        case .conflict(let address, let foreign, let link, let isDefended):
            logger.warning(
                "another host uses this address",
                metadata: [
                    "address": "\(address)", "mac": "\(foreign)", "link": "\(link)",
                    "defended": "\(isDefended)",
                ])
        case .deafChanged(let link, let isDeaf):
            logger.warning(
                isDeaf ? "no frame arrives on the link" : "frames arrive on the link again",
                metadata: ["link": "\(link)"])
        case .duplicateName(true):
            logger.error("another node goes by this node's name: everything was yielded")
        case .duplicateName(false):
            logger.notice("no other node goes by this node's name any more")
        case .ownNodeMissing(let isMissing):
            logger.warning(
                isMissing ? "this node's Node object is missing" : "this node's Node object is back"
            )
        case .unsteady(true):
            logger.error(
                """
                the segment loop ran late again and again: addresses are offered to other nodes. \
                Allow SCHED_RR (CAP_SYS_NICE), or leave this host more time
                """)
        case .unsteady(false):
            logger.notice("the segment loop has time enough again")
        case .wireAlarm(let address, let alarm): log(alarm, about: address, to: logger)
        case .unheard(let isUnheard): log(isUnheard: isUnheard, to: logger)
        case .keptForLackOfSuccessor(let address):
            logger.warning("no successor came", metadata: ["address": "\(address)"])
        case .everyNodeExcluded(let address):
            logger.warning("every node is excluded", metadata: ["address": "\(address)"])
        case .ranLate(let duration):
            logger.warning(
                "the segment loop ran late", metadata: ["ms": "\(duration.milliseconds)"])
        }
    }

    private func log(_ alarm: WireAlarm?, about address: IPAddress, to logger: Logger) {
        var metadata = alarm?.metadata ?? [:]
        metadata["address"] = "\(address)"
        if alarm != nil {
            logger.error("the wire differs", metadata: metadata)
        } else {
            logger.notice("the wire differs no more", metadata: metadata)
        }
    }

    private func log(isUnheard: Bool, to logger: Logger) {
        guard isUnheard else {
            return logger.notice("this node may be given addresses again")
        }
        logger.error(
            """
            other nodes hear no answer from this node: what they cannot reach is handed over. \
            Look at its firewall, its switch port and its bridge
            """)
    }
}

extension OwnedAddress {
    fileprivate var metadata: Logger.Metadata {
        var metadata: Logger.Metadata = [
            "address": "\(address)", "epoch": "\(epoch)", "cause": "\(cause.rawValue)",
        ]
        switch state {
        case .announced: metadata["owner"] = "\(owner ?? "")"
        case .unowned(let reason): metadata["unowned"] = "\(reason.rawValue)"
        }
        return metadata
    }
}
