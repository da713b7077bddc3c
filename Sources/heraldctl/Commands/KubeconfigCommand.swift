import ArgumentParser

/// `heraldctl kubeconfig`: how to make the kubeconfig of the daemons of a cluster.
struct KubeconfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kubeconfig",
        abstract: "Prints the commands that make the kubeconfig of a cluster's daemons.",
        discussion: """
            Asks no daemon. Run them where kubectl is an administrator's and Deploy/rbac.yaml is \
            applied: heraldctl kubeconfig | sh. The file opens what rbac.yaml grants and nothing \
            else; it is the same for every node.
            """)

    @Option(
        help: ArgumentHelp(
            "The API server as the nodes reach it (default: as kubectl does).", valueName: "url"))
    var server: String?

    @Option(help: ArgumentHelp("Where to write it.", valueName: "file"))
    var output = "herald.kubeconfig"

    @Option(help: ArgumentHelp("How long its token is good, such as 8760h.", valueName: "hours"))
    var duration = "8760h"

    func validate() throws {
        if let server, server.wholeMatch(of: #/https://[A-Za-z0-9.:\[\]\/_-]+/#) == nil {
            throw ValidationError("--server \(server) is no https URL")
        }
        guard duration.wholeMatch(of: #/[1-9][0-9]*[hms]/#) != nil else {
            throw ValidationError("--duration \(duration) is no time such as 8760h")
        }
    }

    func run() {
        print(KubeconfigRecipe(server: server, output: output, duration: duration).script)
    }
}

/// The commands that make a kubeconfig, for any POSIX shell with kubectl.
struct KubeconfigRecipe {
    /// Nil: as kubectl reaches it.
    let server: String?
    let output: String
    let duration: String

    var script: String {
        """
        #!/bin/sh
        # Writes the kubeconfig of this cluster's heraldd to a file, with a token for the service account
        # herald-system/heraldd. To be run where kubectl is an administrator's, after
        #   kubectl apply -f Deploy/rbac.yaml
        set -eu
        umask 077
        file=\(Self.quoted(output))
        field() { kubectl config view --raw --minify --flatten -o "jsonpath={.clusters[0].cluster.$1}"; }
        server=\(server.map(Self.quoted) ?? "$(field server)")
        authority=$(field certificate-authority-data)
        token=$(kubectl --namespace herald-system create token heraldd --duration=\(duration))
        cat >"$file" <<EOF
        apiVersion: v1
        kind: Config
        clusters: [{name: cluster, cluster: {server: "$server", certificate-authority-data: "$authority"}}]
        users: [{name: heraldd, user: {token: "$token"}}]
        contexts: [{name: heraldd, context: {cluster: cluster, user: heraldd}}]
        current-context: heraldd
        EOF
        kubectl --kubeconfig "$file" version >/dev/null
        echo "$file is written: copy it to /etc/herald/kubeconfig on every node (mode 0600), and anew" \\
          "before its token ends after \(duration)" >&2
        """
    }

    /// As one word of a POSIX shell.
    private static func quoted(_ text: String) -> String {
        "'\(text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#))'"
    }
}
