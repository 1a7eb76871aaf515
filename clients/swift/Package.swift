// swift-tools-version:5.9
import PackageDescription

let package = Package(
    name: "im66-client",
    platforms: [.iOS(.v16), .macOS(.v13), .tvOS(.v16), .watchOS(.v9)],
    products: [
        .library(name: "Im66", targets: ["Im66"]),
        .executable(name: "Im66Chat", targets: ["Im66Chat"]),
    ],
    targets: [
        .systemLibrary(name: "CSQLite", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CCurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .target(
            name: "Im66",
            dependencies: ["CSQLite", .target(name: "CCurl", condition: .when(platforms: [.linux]))]
        ),
        .executableTarget(name: "Im66Chat", dependencies: ["Im66"]),
    ]
)
