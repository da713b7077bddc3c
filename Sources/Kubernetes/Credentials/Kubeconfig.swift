import FoundationEssentials
import YAML

/// A kubeconfig file (YAML or JSON): clusters, users, and contexts that join them.
package struct Kubeconfig: Hashable, Sendable {
    /// Names the file in errors; file names within it are relative to its folder.
    let file: String
    let root: YAMLNode

    /// Throws when the file cannot be read or is not YAML.
    package init(contentsOf path: String) throws(KubeconfigError) {
        try self.init(parsing: try FileBytes.read(path, for: "file"), file: path)
    }

    package init(parsing bytes: [UInt8], file: String) throws(KubeconfigError) {
        self.file = file
        do {
            root = try YAMLDocuments.single(parsing: bytes)
        } catch {
            throw KubeconfigError(file, error.description)
        }
        guard case .mapping = root.value else { throw KubeconfigError(file, "is not a mapping") }
    }

    /// The contexts by name, in file order.
    package var contexts: [String] {
        guard case .sequence(let entries) = root["contexts"]?.value else { return [] }
        return entries.compactMap { $0["name"]?.plainText }
    }

    /// The server and credentials of a context; the current one when none is named.
    ///
    /// Reads the certificate files that the context names. Throws for what is missing or not
    /// supported, naming the field.
    package func access(context name: String? = nil) throws(KubeconfigError) -> ClusterAccess {
        guard let name = name ?? root["current-context"]?.plainText, !name.isEmpty else {
            throw KubeconfigError(file, "names no current-context; set one or name a context")
        }
        let context = try section("contexts", name, "context")
        let cluster = try section("clusters", try text(context, "cluster"), "cluster")
        var access = try clusterAccess(cluster)
        guard let userName = try context.text("user") else { return access }
        let user = try section("users", userName, "user")
        access.authorization = try authorization(user, cluster)
        access.clientCertificate = try clientCertificate(user)
        return access
    }
}

extension Kubeconfig {
    /// A part of the file with the words that lead to it.
    struct Section {
        let file: String
        let place: String
        let node: YAMLNode

        /// The text of a key; nil when absent, empty or null.
        func text(_ key: String) throws(KubeconfigError) -> String? {
            guard let value = node[key] else { return nil }
            guard let text = value.plainText else {
                throw KubeconfigError(file, "\(place).\(key) is not a text")
            }
            return text.isEmpty || text == "null" || text == "~" ? nil : text
        }

        func flag(_ key: String) throws(KubeconfigError) -> Bool {
            switch try text(key) {
            case nil, "false": return false
            case "true": return true
            case .some(let other):
                throw KubeconfigError(file, "\(place).\(key) is \"\(other)\", not true or false")
            }
        }
    }

    /// The entry `name` of a list of `{name: …, kind: {…}}`.
    private func section(
        _ list: String, _ name: String, _ kind: String
    ) throws(KubeconfigError) -> Section {
        guard case .sequence(let entries) = root[list]?.value else {
            throw KubeconfigError(file, "has no list \"\(list)\"")
        }
        guard let entry = entries.first(where: { $0["name"]?.plainText == name }) else {
            throw KubeconfigError(file, "\(list) has no entry named \"\(name)\"")
        }
        let node = entry[kind] ?? YAMLNode(position: entry.position, value: .mapping([]))
        return Section(file: file, place: "\(list)[\(name)].\(kind)", node: node)
    }

    func text(_ section: Section, _ key: String) throws(KubeconfigError) -> String {
        guard let text = try section.text(key) else {
            throw KubeconfigError(file, "\(section.place).\(key) is missing")
        }
        return text
    }

    func clusterAccess(_ cluster: Section) throws(KubeconfigError) -> ClusterAccess {
        var server = try text(cluster, "server")
        guard server.hasPrefix("https://") || server.hasPrefix("http://") else {
            throw KubeconfigError(file, "\(cluster.place).server \"\(server)\" is no http(s) URL")
        }
        while server.hasSuffix("/") { server.removeLast() }
        if let proxy = try cluster.text("proxy-url") {
            throw KubeconfigError(file, "\(cluster.place).proxy-url \(proxy) is not supported")
        }
        return ClusterAccess(
            server: server, tlsServerName: try cluster.text("tls-server-name"),
            certificateAuthority: try bytes(cluster, "certificate-authority") ?? [],
            certificateAuthorityFile: try namedFile(cluster, "certificate-authority"),
            skipsTLSVerification: try cluster.flag("insecure-skip-tls-verify"))
    }

    /// client-go's order: a token's file, which may be newer, wins over the token; either over a
    /// password, and that over a plugin.
    private func authorization(
        _ user: Section, _ cluster: Section
    ) throws(KubeconfigError) -> ClusterAccess.Authorization {
        for unsupported in ["auth-provider", "as"] where user.node[unsupported] != nil {
            throw KubeconfigError(
                file, "\(user.place).\(unsupported) is not supported; use a token or a certificate")
        }
        if let path = try user.text("tokenFile") { return .tokenFile(resolved(path)) }
        if let token = try user.text("token") { return .token(token) }
        if let name = try user.text("username") {
            return .basic(user: name, password: try user.text("password") ?? "")
        }
        return try plugin(user, cluster).map { .plugin($0) } ?? .none
    }

    private func clientCertificate(
        _ user: Section
    ) throws(KubeconfigError) -> ClusterAccess.ClientCertificate? {
        let chain = try bytes(user, "client-certificate")
        let key = try bytes(user, "client-key")
        switch (chain, key) {
        case (.some(let chain), .some(let key)):
            return ClusterAccess.ClientCertificate(
                chain: chain, key: key, chainFile: try namedFile(user, "client-certificate"),
                keyFile: try namedFile(user, "client-key"))
        case (nil, nil): return nil
        case (.some, nil): throw KubeconfigError(file, "\(user.place).client-key is missing")
        case (nil, .some):
            throw KubeconfigError(file, "\(user.place).client-certificate is missing")
        }
    }

    /// `key-data` in base64, which wins, or the file that `key` names.
    func bytes(_ section: Section, _ key: String) throws(KubeconfigError) -> [UInt8]? {
        if let text = try section.text("\(key)-data") {
            guard let data = Data(base64Encoded: text, options: .ignoreUnknownCharacters) else {
                throw KubeconfigError(file, "\(section.place).\(key)-data is not base64")
            }
            return [UInt8](data)
        }
        guard let path = try namedFile(section, key) else { return nil }
        return try FileBytes.read(path, for: "\(file): \(section.place).\(key)")
    }

    /// The file that `key` names, unless `key-data` makes it needless.
    private func namedFile(_ section: Section, _ key: String) throws(KubeconfigError) -> String? {
        guard try section.text("\(key)-data") == nil else { return nil }
        return try section.text(key).map(resolved)
    }

    func resolved(_ path: String) -> String {
        guard !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return path }
        return file[...slash] + path
    }
}
