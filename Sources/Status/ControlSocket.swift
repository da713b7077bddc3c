/// Where and how a daemon is asked: HTTP/1.1 over a Unix socket.
package enum ControlSocket {
    /// Where `heraldd` listens unless told otherwise.
    package static let defaultPath = "/run/herald/herald.sock"
    /// Longest path that the kernel takes in `sun_path`, in bytes (unix(7): 108 with the final 0).
    package static let pathBytesMax = 107
    /// Answers `DaemonStatus` as JSON.
    package static let statusPath = "/v1/status"
    /// Answers `ServiceListing` as JSON.
    package static let servicesPath = "/v1/services"
    /// Answers `MoveHistory` as JSON.
    package static let historyPath = "/v1/history"
    /// POST: moves the node's addresses away and keeps them away; answers `DrainAnswer`. Another
    /// node than the daemon's own is named by `?node=`.
    package static let drainPath = "/v1/drain"
    /// POST: ends that.
    package static let undrainPath = "/v1/undrain"
    /// GET: what a rebalance would move; POST: does it. Both answer `RebalancePlan`.
    package static let rebalancePath = "/v1/rebalance"
    package static let contentType = "application/json"
}
