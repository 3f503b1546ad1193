// swift-tools-version: 6.1
import PackageDescription

// The dependency arrow points one way only:
// dakghar -> Appliance -> Console -> Relay -> Carriers -> Storage -> Engine -> Bundles -> XMPP
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
    name: "dakghar",
    products: [
        .executable(name: "dakghar", targets: ["dakghar"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-certificates.git", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-asn1.git", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        .package(url: "https://github.com/LebJe/TOMLKit.git", from: "0.6.0"),
    ],
    targets: [
        .systemLibrary(name: "CExpat"),
        .systemLibrary(name: "CMalloc"),
        .systemLibrary(name: "CQRCode"),
        .systemLibrary(name: "CSodium"),
        .systemLibrary(name: "CSQLite"),
        .systemLibrary(name: "CSystemd"),
        .systemLibrary(name: "CZstd"),

        .target(name: "XMPP", dependencies: ["CExpat"], swiftSettings: strict),
        .target(name: "QRCodes", dependencies: ["CQRCode"], swiftSettings: strict),
        .target(
            name: "Bundles", dependencies: ["CSodium", "CZstd"],
            swiftSettings: strict),
        .target(name: "Engine", dependencies: ["Bundles"], swiftSettings: strict),
        .target(
            name: "Storage",
            dependencies: [
                "Engine", "Bundles", "XMPP", "CSQLite", "CSodium",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ], swiftSettings: strict),
        .target(
            name: "Carriers",
            dependencies: [
                "Storage", "Engine", "Bundles", "XMPP",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ], swiftSettings: strict),
        .target(
            name: "Relay",
            dependencies: [
                "Carriers", "Storage", "Engine", "Bundles", "XMPP", "CSodium",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "DequeModule", package: "swift-collections"),
            ], swiftSettings: strict),
        .plugin(name: "EmbedAssets", capability: .buildTool()),
        .target(
            name: "WebPages", dependencies: ["XMPP"], exclude: ["Assets"], swiftSettings: strict,
            plugins: ["EmbedAssets"]),
        .target(
            name: "Console",
            dependencies: [
                "WebPages", "Relay", "Carriers", "Storage", "Bundles", "XMPP", "QRCodes", "CSodium",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Crypto", package: "swift-crypto"),
            ], swiftSettings: strict),
        .target(
            name: "Appliance",
            dependencies: [
                "Console", "Relay", "Carriers", "Storage", "Engine", "Bundles", "XMPP", "CSystemd", "CSodium",
                "CMalloc",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "X509", package: "swift-certificates"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "TOMLKit", package: "TOMLKit"),
            ], swiftSettings: strict),
        .executableTarget(
            name: "dakghar",
            dependencies: [
                "Appliance", "Bundles", "Storage", "XMPP", "QRCodes",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: strict),

        // Makes the load of the benchmarks; no part of the appliance.
        .executableTarget(
            name: "dakghar-load",
            dependencies: [
                "XMPP",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
            ], path: "Benchmarks/Load", swiftSettings: strict),
        // Writes what the dictionary is trained on; no part of the appliance.
        .executableTarget(
            name: "dakghar-samples", dependencies: ["Bundles"], path: "Benchmarks/dictionary/Samples",
            swiftSettings: strict),

        // The simulation of whole deployments: for the tests, and by hand for many seeds.
        .target(
            name: "Simulation", dependencies: ["Engine", "Bundles"], path: "Tests/Simulation",
            swiftSettings: strict),
        .executableTarget(
            name: "dakghar-simulate", dependencies: ["Simulation"], path: "Tests/SimulationRun",
            swiftSettings: strict),
        .testTarget(
            name: "SimulationTests", dependencies: ["Simulation", "Engine", "Bundles"],
            swiftSettings: strict),

        .testTarget(name: "XMPPTests", dependencies: ["XMPP"], swiftSettings: strict),
        .testTarget(name: "QRCodesTests", dependencies: ["QRCodes"], swiftSettings: strict),
        .testTarget(name: "BundlesTests", dependencies: ["Bundles"], swiftSettings: strict),
        .testTarget(name: "EngineTests", dependencies: ["Engine", "Bundles"], swiftSettings: strict),
        .testTarget(
            name: "StorageTests",
            dependencies: [
                "Storage", "Bundles", "XMPP",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ], swiftSettings: strict),
        .testTarget(
            name: "ApplianceTests",
            dependencies: [
                "Appliance", "Bundles",
                .product(name: "X509", package: "swift-certificates"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "Crypto", package: "swift-crypto"),
            ], swiftSettings: strict),
        .testTarget(
            name: "CarriersTests",
            dependencies: [
                "Carriers", "Storage", "Engine", "Bundles", "XMPP",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ], swiftSettings: strict),
        .testTarget(
            name: "LostWritesTests",
            dependencies: [
                "Carriers", "Storage", "Engine", "Bundles", "XMPP", "CSQLite",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ], swiftSettings: strict),
        .testTarget(name: "CommandLineTests", dependencies: ["dakghar"], swiftSettings: strict),
        .testTarget(
            name: "ConsoleTests",
            dependencies: ["Console", .product(name: "NIOHTTP1", package: "swift-nio")], swiftSettings: strict
        ),
        .testTarget(name: "RelayTests", dependencies: ["Relay", "XMPP"], swiftSettings: strict),
    ]
)

// The fuzzers (docs/fuzzing.md) are no part of an ordinary build: scripts/fuzz.sh asks for them.
if let runtime = Context.environment["DAKGHAR_FUZZ"] {
    let coverage = ["-sanitize-coverage=edge,indirect-calls,trace-cmp,inline-8bit-counters,pc-table"]
    for target in package.targets
    where ["XMPP", "Bundles", "Engine", "Relay", "Console", "Appliance"].contains(target.name) {
        target.swiftSettings = strict + [.unsafeFlags(["-sanitize=address", "-enable-testing"] + coverage)]
    }
    let library: [LinkerSetting] = [
        .unsafeFlags(["-sanitize=address", "\(runtime)/libclang_rt.fuzzer_no_main-x86_64.a"]),
        .linkedLibrary("stdc++"),
    ]
    package.targets += [
        .target(name: "FuzzDriver", path: "Tests/Fuzz/Driver", swiftSettings: strict),
        .executableTarget(
            name: "dakghar-fuzz", dependencies: ["FuzzDriver", "XMPP", "Bundles", "Engine"],
            path: "Tests/Fuzz/Core", swiftSettings: strict, linkerSettings: library),
        .executableTarget(
            name: "dakghar-fuzz-edges",
            dependencies: [
                "FuzzDriver", "XMPP", "Bundles", "Storage", "Relay", "Console", "Appliance",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "Tests/Fuzz/Edges", swiftSettings: strict, linkerSettings: library),
    ]
}
