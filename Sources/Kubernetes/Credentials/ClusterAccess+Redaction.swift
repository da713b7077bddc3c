// Whatever prints a client, by accident or for debugging, must not print what opens the cluster.

extension ClusterAccess.Authorization: CustomStringConvertible, CustomReflectable {
    package var description: String {
        switch self {
        case .none: "none"
        case .token: "token (not shown)"
        case .tokenFile(let path): "token file \(path)"
        case .basic(let user, _): "basic, user \(user) (password not shown)"
        case .plugin(let plugin): "credential plugin \(plugin.command)"
        }
    }

    package var customMirror: Mirror { Mirror(self, children: []) }
}

extension ClusterAccess.ClientCertificate: CustomStringConvertible, CustomReflectable {
    package var description: String { "client certificate (not shown)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
