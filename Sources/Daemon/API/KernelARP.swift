import Files

/// What the kernel does about ARP by itself (Documentation/networking/ip-sysctl.rst).
enum KernelARP {
    /// Where the kernel shows its settings for IPv4, by link.
    static let folder = "/proc/sys/net/ipv4/conf"

    /// `arp_ignore` as it holds for a link: the higher of its own and that of all links. At 0 the
    /// kernel answers for every address that it has on any link. Nil when it cannot be read.
    static func ignore(on link: String, in folder: String = KernelARP.folder) -> Int? {
        let settings = ["all", link].map { setting("\(folder)/\($0)/arp_ignore") }
        guard let all = settings[0], let own = settings[1] else { return nil }
        return max(all, own)
    }

    private static func setting(_ path: String) -> Int? {
        guard let bytes = try? AtomicFile.read(path) else { return nil }
        return Int(String(decoding: bytes.filter { $0 != 10 }, as: UTF8.self))
    }
}
