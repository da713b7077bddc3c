import Addressing

/// Where to listen: an address and a TCP port.
package struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    package let host: String
    /// 0 to 65,535; 0 lets the kernel choose.
    package let port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// `ADDR:PORT`, an IPv6 address in brackets.
    package init(_ text: String, setting: String) throws(ConfigurationError) {
        let refused = ConfigurationError(
            setting: setting, found: text, wanted: "ADDR:PORT, such as 127.0.0.1:6482 or [::1]:6482"
        )
        guard let colon = text.lastIndex(of: ":"),
            let port = UInt16(text[text.index(after: colon)...])
        else { throw refused }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard (try? IPv6Address(host)) != nil else { throw refused }
        } else {
            guard (try? IPv4Address(host)) != nil else { throw refused }
        }
        self.host = String(host)
        self.port = Int(port)
    }

    package var description: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
