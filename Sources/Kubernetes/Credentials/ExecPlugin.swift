import JSON

/// A program that is asked for credentials (`users[].user.exec` of a kubeconfig), as
/// client.authentication.k8s.io/v1 and v1beta1 have it.
package struct ExecPlugin: Hashable, Sendable {
    /// Which of the versions it speaks.
    package enum Version: String, Hashable, Sendable, CaseIterable {
        case v1 = "client.authentication.k8s.io/v1"
        case v1beta1 = "client.authentication.k8s.io/v1beta1"
    }

    package var version: Version
    /// A path, or a name that is searched in PATH.
    package var command: String
    package var arguments: [String]
    /// Added to this process's own, which it wins over.
    package var environment: [Variable]
    /// What it is told of the cluster, when it asked for that (`provideClusterInfo`).
    package var cluster: JSONValue?
    /// What to do when the program is not there.
    package var installHint: String?

    /// One variable of the environment.
    package struct Variable: Hashable, Sendable {
        package let name: String
        package let value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package init(
        version: Version, command: String, arguments: [String] = [],
        environment: [Variable] = [], cluster: JSONValue? = nil, installHint: String? = nil
    ) {
        self.version = version
        self.command = command
        self.arguments = arguments
        self.environment = environment
        self.cluster = cluster
        self.installHint = installHint
    }
}

extension ExecPlugin {
    /// How long it may take: a request waits for it.
    static let durationMax: Duration = .seconds(30)
    /// Bytes of what it said on standard error that are quoted.
    private static let quotedBytesMax = 300

    /// What the plugin reads in `KUBERNETES_EXEC_INFO`: nobody is there to be asked.
    var request: JSONValue {
        var spec: [String: JSONValue] = ["interactive": false]
        spec["cluster"] = cluster
        return [
            "apiVersion": .string(version.rawValue), "kind": "ExecCredential",
            "spec": .object(spec),
        ]
    }

    /// Runs the program and reads what it gives. Blocks the calling thread.
    ///
    /// - Parameter environment: of this process.
    func ask(
        environment inherited: [String: String], timeout: Duration = durationMax
    ) throws(KubeconfigError) -> ExecCredential {
        var variables = inherited
        for variable in environment { variables[variable.name] = variable.value }
        variables["KUBERNETES_EXEC_INFO"] = request.text
        let run: ChildProcess
        do {
            run = try ChildProcess.run(
                command, arguments, environment: variables.map { "\($0)=\($1)" }.sorted(),
                timeout: timeout)
        } catch {
            let hint = installHint.map { "; \($0)" } ?? ""
            throw problem("\(error)\(hint)")
        }
        guard run.ending == .exited(0) else {
            let said = String(
                decoding: run.errorOutput.suffix(Self.quotedBytesMax), as: UTF8.self
            ).split(separator: "\n").joined(separator: "; ")
            throw problem("\(run.ending)\(said.isEmpty ? "" : ", and said: \(said)")")
        }
        do {
            return try ExecCredential(parsing: run.output, version: version)
        } catch {
            throw problem("\(error)")
        }
    }

    private func problem(_ what: String) -> KubeconfigError {
        KubeconfigError("credential plugin \(command)", what)
    }
}

extension ChildProcess.Ending: CustomStringConvertible {
    var description: String {
        switch self {
        case .exited(let status): "ended with status \(status)"
        case .killed(let signal): "was killed by signal \(signal)"
        }
    }
}
