extension ClusterAccess {
    /// Where a pod finds its service account (`automountServiceAccountToken`).
    package static let serviceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount"

    /// What a pod knows of its own cluster: the address from the environment, the authority and a
    /// token that is replaced before it expires from the service account's folder.
    ///
    /// Throws when this is no pod, naming what is missing.
    package static func inCluster(
        environment: [String: String], folder: String = serviceAccountFolder
    ) throws(KubeconfigError) -> ClusterAccess {
        guard let host = environment["KUBERNETES_SERVICE_HOST"], !host.isEmpty,
            let port = environment["KUBERNETES_SERVICE_PORT"], !port.isEmpty
        else {
            throw KubeconfigError(
                "of the cluster",
                "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not both set; this works "
                    + "in a pod only, elsewhere name a kubeconfig")
        }
        let authorityFile = "\(folder)/ca.crt"
        let authority = try FileBytes.read(authorityFile, for: "of the cluster:")
        _ = try FileBytes.read("\(folder)/token", for: "of the cluster:")
        let name = host.contains(":") ? "[\(host)]" : host
        return ClusterAccess(
            server: "https://\(name):\(port)", certificateAuthority: authority,
            certificateAuthorityFile: authorityFile, authorization: .tokenFile("\(folder)/token"))
    }
}
