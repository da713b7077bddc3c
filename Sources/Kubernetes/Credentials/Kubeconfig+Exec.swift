import FoundationEssentials
import JSON
import YAML

extension Kubeconfig {
    /// The name of the extension of a cluster that is meant for plugins.
    private static let clusterExtension = "client.authentication.k8s.io/exec"

    /// `user.exec`, nil when there is none.
    func plugin(_ user: Section, _ cluster: Section) throws(KubeconfigError) -> ExecPlugin? {
        guard let node = user.node["exec"], !node.isNull else { return nil }
        let exec = Section(file: file, place: "\(user.place).exec", node: node)
        let name = try text(exec, "apiVersion")
        guard let version = ExecPlugin.Version(rawValue: name) else {
            let known = ExecPlugin.Version.allCases.map(\.rawValue).joined(separator: ", ")
            throw KubeconfigError(file, "\(exec.place).apiVersion \(name) is none of \(known)")
        }
        if try exec.text("interactiveMode") == "Always" {
            throw KubeconfigError(
                file, "\(exec.place).interactiveMode is Always, and nobody is there to be asked")
        }
        var plugin = ExecPlugin(
            version: version, command: command(try text(exec, "command")),
            arguments: try texts(exec, "args"), environment: try environment(exec),
            installHint: try exec.text("installHint"))
        if try exec.flag("provideClusterInfo") { plugin.cluster = try told(of: cluster) }
        return plugin
    }

    /// As client-go has it: a name is searched in PATH, a path is relative to the kubeconfig.
    private func command(_ command: String) -> String {
        command.contains("/") ? resolved(command) : command
    }

    private func texts(_ section: Section, _ key: String) throws(KubeconfigError) -> [String] {
        guard let list = section.node[key], !list.isNull else { return [] }
        guard case .sequence(let nodes) = list.value else {
            throw KubeconfigError(file, "\(section.place).\(key) is not a list")
        }
        let texts = nodes.compactMap(\.plainText)
        guard texts.count == nodes.count else {
            throw KubeconfigError(file, "\(section.place).\(key) is not a list of texts")
        }
        return texts
    }

    private func environment(
        _ exec: Section
    ) throws(KubeconfigError) -> [ExecPlugin.Variable] {
        guard let list = exec.node["env"], !list.isNull else { return [] }
        guard case .sequence(let nodes) = list.value else {
            throw KubeconfigError(file, "\(exec.place).env is not a list")
        }
        return try nodes.map { node throws(KubeconfigError) in
            let variable = Section(file: file, place: "\(exec.place).env", node: node)
            return ExecPlugin.Variable(
                name: try text(variable, "name"), value: try variable.text("value") ?? "")
        }
    }

    /// `spec.cluster` of an ExecCredential: how to reach the server.
    private func told(of cluster: Section) throws(KubeconfigError) -> JSONValue {
        let access = try clusterAccess(cluster)
        var told: [String: JSONValue] = ["server": .string(access.server)]
        told["tls-server-name"] = access.tlsServerName.map { .string($0) }
        if access.skipsTLSVerification { told["insecure-skip-tls-verify"] = true }
        if !access.certificateAuthority.isEmpty {
            let text = Data(access.certificateAuthority).base64EncodedString()
            told["certificate-authority-data"] = .string(text)
        }
        if case .sequence(let extensions) = cluster.node["extensions"]?.value {
            told["config"] =
                extensions.first { $0["name"]?.plainText == Self.clusterExtension }?["extension"]
                .map(\.json)
        }
        return .object(told)
    }
}

extension YAMLNode {
    /// The value as JSON; what is not quoted is what YAML 1.2's core schema takes it for.
    fileprivate var json: JSONValue {
        switch value {
        case .scalar(let text, let isPlain):
            if isNull { return .null }
            guard isPlain else { return .string(text) }
            if text == "true" || text == "false" { return .boolean(text == "true") }
            return Self.isJSONNumber(text) ? .number(text) : .string(text)
        case .sequence(let nodes): return .array(nodes.map(\.json))
        case .mapping(let entries):
            let members = entries.map { ($0.key.plainText ?? "", $0.value.json) }
            return .object(Dictionary(members) { $1 })
        }
    }

    private static func isJSONNumber(_ text: String) -> Bool {
        guard case .number = try? JSONValue(parsing: text.utf8) else { return false }
        return true
    }
}
