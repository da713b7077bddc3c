// swift-tools-version: 6.2
import PackageDescription

/// Every target of ours is compiled alike: language mode 6, each warning an error.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// How the programs are linked when they are built to be installed.
///
/// The linker is the toolchain's lld. Relocations are packed (RELR, glibc 2.36): else 2.3 MB of the
/// file are a table that is read once, at the start. There is no search table for exceptions: no
/// frame of ours is thrown through, and what unwinds is the main thread alone, when it leaves the
/// process to Dispatch; it would touch 1.3 MB for that.
func installed(_ more: [String] = []) -> [LinkerSetting] {
    let all = ["-z", "pack-relative-relocs", "-z", "nostart-stop-gc", "--no-eh-frame-hdr"] + more
    return [
        .unsafeFlags(
            ["-use-ld=lld"] + all.flatMap { ["-Xlinker", $0] },
            .when(platforms: [.linux], configuration: .release))
    ]
}

/// The code that an idle daemon runs lies together. The kernel maps 64 kB around each page that is
/// touched, so strewn about it had all of the file resident: 6 MB more. Names that are no more are
/// passed over; `Deploy/linking/order` finds them anew.
let ordered = [
    "--symbol-ordering-file=\(Context.packageDirectory)/Deploy/linking/heraldd.order",
    "--no-warn-symbol-ordering",
]

let package = Package(
    name: "herald",
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.0"),
        .package(url: "https://github.com/apple/swift-async-algorithms", from: "1.1.0"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Pure: values in, values out.
        .target(name: "Timing", swiftSettings: strict),
        .target(name: "JSON", swiftSettings: strict),
        .target(name: "Addressing", swiftSettings: strict),
        .target(name: "Naming", swiftSettings: strict),
        .target(
            name: "Wire",
            dependencies: ["Addressing", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: strict),
        .target(
            name: "Allocation", dependencies: ["Addressing", "Naming", "Timing"],
            swiftSettings: strict),
        .target(
            name: "Ownership", dependencies: ["Addressing", "Timing", "Wire"],
            swiftSettings: strict),
        .target(name: "Status", dependencies: ["Timing"], swiftSettings: strict),

        // Edge: files, kernel, network.
        .target(name: "Files", swiftSettings: strict),
        .target(name: "YAML", dependencies: ["CYaml"], swiftSettings: strict),
        .target(
            name: "PoolFile", dependencies: ["Addressing", "Allocation", "Naming", "YAML"],
            swiftSettings: strict),
        .target(
            name: "Kubernetes",
            dependencies: [
                "JSON", "Timing", "YAML",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOFoundationEssentialsCompat", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ], swiftSettings: strict),
        .target(
            name: "HTTPServing",
            dependencies: [
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], swiftSettings: strict),
        .target(
            name: "Certificates",
            dependencies: [
                "Addressing", "Files", "HTTPServing", "Naming",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "X509", package: "swift-certificates"),
            ], swiftSettings: strict),
        .target(
            name: "EmbeddedAPI",
            dependencies: [
                "Addressing", "CSQLite", "Certificates", "Files", "HTTPServing", "JSON", "Naming",
                "Timing",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], swiftSettings: strict),
        .target(
            name: "LinkLayer",
            dependencies: ["Addressing", "CLinux", "CMnl", "CNet", "Timing", "Wire"],
            swiftSettings: strict),
        .target(
            name: "Daemon",
            dependencies: [
                "Addressing", "Allocation", "CLinux", "EmbeddedAPI", "Files", "HTTPServing", "JSON",
                "Kubernetes", "LinkLayer", "Naming", "Ownership", "PoolFile", "Status", "Timing",
                "Wire", "YAML",
                .product(name: "AsyncAlgorithms", package: "swift-async-algorithms"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ], swiftSettings: strict),

        // Programs.
        .executableTarget(
            name: "heraldd",
            dependencies: [
                "Daemon", "Kubernetes", "PoolFile", "Status",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: strict, linkerSettings: installed(ordered)),
        .executableTarget(
            name: "heraldctl",
            dependencies: [
                "Status",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ], swiftSettings: strict, linkerSettings: installed()),

        // System libraries, and the kernel's headers.
        .target(name: "CLinux"),
        .systemLibrary(name: "CMnl", pkgConfig: "libmnl", providers: [.apt(["libmnl-dev"])]),
        .systemLibrary(name: "CNet", providers: [.apt(["libnet1-dev"])]),
        .systemLibrary(
            name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CYaml", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),

        // What tests share: programs, network namespaces.
        .target(
            name: "Laboratory", dependencies: ["CLinux"], path: "Tests/Laboratory",
            swiftSettings: strict),
        .target(name: "TestTraits", path: "Tests/TestTraits", swiftSettings: strict),
        .target(name: "CAllocationCount", path: "Tests/CAllocationCount"),

        // What is measured beside others of its kind: `make bench`.
        .executableTarget(
            name: "benchmark-allocation", dependencies: ["Addressing", "Allocation", "Timing"],
            path: "Benchmarks/Allocation", swiftSettings: strict),
        .target(name: "CMinimalResponder", path: "Benchmarks/CMinimalResponder"),
        .executableTarget(
            name: "benchmark-arp-reply",
            dependencies: [
                "Addressing", "CAllocationCount", "CLinux", "CMinimalResponder", "Daemon",
                "Laboratory", "LinkLayer", "Ownership", "Timing", "Wire",
                .product(name: "Logging", package: "swift-log"),
            ], path: "Benchmarks/ARPReply", swiftSettings: strict),

        .executableTarget(
            name: "benchmark-cluster",
            dependencies: [
                "EmbeddedAPI", "JSON", "Kubernetes", "Laboratory",
                .product(name: "Logging", package: "swift-log"),
            ], path: "Benchmarks/Cluster", swiftSettings: strict),

        .executableTarget(
            name: "failover-probe",
            dependencies: ["Addressing", "CLinux", "LinkLayer", "Timing", "Wire"],
            path: "Benchmarks/FailoverProbe", swiftSettings: strict),
        .executableTarget(
            name: "hello-flood", dependencies: ["CLinux"], path: "Benchmarks/HelloFlood",
            swiftSettings: strict),

        // The simulated world, and the program that runs seeds in it.
        .target(
            name: "Simulation", dependencies: ["Addressing", "Ownership", "Timing", "Wire"],
            path: "Tests/Simulation", swiftSettings: strict),
        .executableTarget(
            name: "simulate", dependencies: ["Simulation", "Timing"], path: "Tests/Simulate",
            swiftSettings: strict),

        // Tests: the house's own rules, and one target a room.
        .testTarget(name: "TidyTests", swiftSettings: strict),
        .testTarget(name: "TimingTests", dependencies: ["Timing"], swiftSettings: strict),
        .testTarget(name: "AddressingTests", dependencies: ["Addressing"], swiftSettings: strict),
        .testTarget(name: "NamingTests", dependencies: ["Naming"], swiftSettings: strict),
        .testTarget(
            name: "WireTests",
            dependencies: [
                "Addressing", "Wire", .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "AllocationTests",
            dependencies: ["Addressing", "Allocation", "Naming", "Timing"],
            swiftSettings: strict),
        .testTarget(
            name: "OwnershipTests", dependencies: ["Addressing", "Ownership", "Timing", "Wire"],
            swiftSettings: strict),
        .testTarget(
            name: "StatusTests", dependencies: ["Laboratory", "Status"], exclude: ["Golden"],
            swiftSettings: strict),
        .testTarget(
            name: "JSONTests", dependencies: ["JSON", "Laboratory"], swiftSettings: strict),
        .testTarget(name: "FilesTests", dependencies: ["Files"], swiftSettings: strict),
        .testTarget(name: "YAMLTests", dependencies: ["YAML"], swiftSettings: strict),
        .testTarget(
            name: "PoolFileTests",
            dependencies: ["Addressing", "Allocation", "Naming", "PoolFile", "Timing", "YAML"],
            swiftSettings: strict),
        .testTarget(
            name: "KubernetesTests",
            dependencies: [
                "EmbeddedAPI", "JSON", "Kubernetes", "Laboratory", "Timing",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOFoundationEssentialsCompat", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ], swiftSettings: strict),
        .testTarget(
            name: "HTTPServingTests",
            dependencies: [
                "Certificates", "HTTPServing", "Laboratory",
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle"),
            ], swiftSettings: strict),
        .testTarget(
            name: "EmbeddedAPITests",
            dependencies: [
                "EmbeddedAPI", "HTTPServing", "JSON", "Laboratory", "Timing",
                .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: strict),
        .testTarget(
            name: "CertificatesTests",
            dependencies: [
                "Certificates", "Files", "HTTPServing", "Laboratory",
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "X509", package: "swift-certificates"),
            ], swiftSettings: strict),
        .testTarget(
            name: "LinkLayerTests",
            dependencies: [
                "Addressing", "CLinux", "CNet", "Laboratory", "LinkLayer", "Timing", "Wire",
            ], swiftSettings: strict),
        .testTarget(
            name: "SegmentTests",
            dependencies: [
                "Addressing", "CAllocationCount", "Daemon", "Laboratory", "LinkLayer", "Ownership",
                "Timing", "Wire", .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], swiftSettings: strict),
        .testTarget(
            name: "DaemonTests",
            dependencies: [
                "Addressing", "Allocation", "Daemon", "Files", "JSON", "Kubernetes", "Naming",
                "Ownership",
                "PoolFile", "Status", "Timing", .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], swiftSettings: strict),
        .testTarget(
            name: "HeraldctlTests",
            dependencies: ["CYaml", "HTTPServing", "Laboratory", "Status", "heraldctl"],
            exclude: ["Golden"], swiftSettings: strict),
        .testTarget(
            name: "SimulationTests",
            dependencies: [
                "Addressing", "Laboratory", "Ownership", "Simulation", "Timing", "Wire", "simulate",
            ], exclude: ["Scenarios"], swiftSettings: strict),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "Certificates", "HTTPServing", "Laboratory", "TestTraits", "heraldctl", "heraldd",
            ],
            swiftSettings: strict),
    ]
)
