#!/usr/bin/env bash
# Makes what the arm64 executable is cross-built with, and prints its folder.
#
#   scripts/arm64-toolchain.sh           makes it when it is not there (as root; some minutes, 5 GB)
#   scripts/arm64-toolchain.sh --cached  prints the folder when it is there, else ends with 69
#
# The folder is outside the tree, in DAKGHAR_TOOLCHAINS (default: ~/.cache/dakghar), because it is
# large and good for every clone. In it: `host`, a chroot of Debian unstable with its Swift compiler;
# `sysroot`, Debian 13 for arm64 with the static libraries and the same Swift's arm64 runtime, of
# which nothing is ever run; `sdk`, the description of both for SwiftPM. The machine's own apt says
# where Debian is.
set -euo pipefail
cd "$(dirname "$0")/.."

# Unstable moves on: a version is pinned, so that a change is seen here and not in strange errors.
swift_version=6.2.3
triple=aarch64-unknown-linux-gnu
folder="${DAKGHAR_TOOLCHAINS:-$HOME/.cache/dakghar}/arm64-swift-$swift_version"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

if [ -f "$folder/complete" ]; then
    echo "$folder"
    exit 0
fi
if [ "${1:-}" = --cached ]; then
    echo "no cross toolchain in $folder (make arm64-toolchain makes it)" >&2
    exit 69
fi
[ "$(id -u)" -eq 0 ] || { echo "Making a chroot needs root." >&2; exit 77; }
[ "$(dpkg --print-architecture)" = amd64 ] || { echo "The cross-build runs on amd64 only." >&2; exit 69; }

site="$(apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' |
    awk '$3 == "main" && $2 !~ /-security|-updates|-backports/ { print $1; exit }')"
[ -n "$site" ] || { echo "apt knows no source of Debian's main archive." >&2; exit 1; }

# The version is pinned, so a mirror that stands still is as good as a fresh one.
unhurried=(--quiet "--aptopt=Acquire::Check-Valid-Until \"false\"" "--aptopt=Acquire::Retries \"3\"")

# Fetches one package of a suite and an architecture without touching the machine's own apt state.
fetch_package() {
    local suite="$1" architecture="$2" package="$3" state="$folder/apt-$2"
    mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
    : >"$state/status"
    echo "deb [signed-by=$keyring arch=$architecture] $site $suite main" >"$state/sources.list"
    local options=(
        -qq -o "Dir::Etc::sourcelist=$state/sources.list" -o Dir::Etc::sourceparts=-
        -o "Dir::State::lists=$state/lists" -o "Dir::State::status=$state/status"
        -o "Dir::Cache=$state/cache" -o "APT::Architecture=$architecture"
        -o "APT::Architectures=$architecture" -o APT::Sandbox::User=root -o Acquire::Retries=3
        -o Acquire::Check-Valid-Until=false
    )
    apt-get "${options[@]}" update
    (cd "$state" && apt-get "${options[@]}" download "$package")
}

check_version() {
    case "$2" in
    "$swift_version"*) ;;
    *)
        echo "Debian unstable now has Swift $2 for $1; this build is made for $swift_version." >&2
        echo "Change swift_version in scripts/arm64-toolchain.sh, and see that the code compiles." >&2
        exit 1
        ;;
    esac
}

make_host() {
    rm -rf "$folder/host"
    mmdebstrap "${unhurried[@]}" --variant=apt --architectures=amd64 \
        --include=swiftlang,git,ca-certificates,libc6-dev,libstdc++-14-dev,pkg-config \
        unstable "$folder/host" "deb [signed-by=$keyring] $site unstable main"
    check_version amd64 "$(chroot "$folder/host" dpkg-query -W -f '${Version}' swiftlang)"
    rm -rf "$folder/host/var/cache/apt" "$folder/host/var/lib/apt/lists"
}

make_sysroot() {
    local sysroot="$folder/sysroot" runtime="$folder/runtime"
    rm -rf "$sysroot" "$runtime"
    mmdebstrap "${unhurried[@]}" --variant=extract --architectures=arm64 \
        --include=libc6-dev,libstdc++-14-dev,libgcc-14-dev,libsodium-dev,libsqlite3-dev,libexpat1-dev \
        --include=libzstd-dev,libsystemd-dev,libcap-dev,zlib1g-dev,linux-libc-dev,libqrcodegen-dev \
        trixie "$sysroot" "deb [signed-by=$keyring] $site trixie main"
    fetch_package unstable arm64 swiftlang
    local package
    package="$(echo "$folder"/apt-arm64/swiftlang_*.deb)"
    check_version arm64 "$(dpkg-deb -f "$package" Version)"
    dpkg-deb --fsys-tarfile "$package" | (mkdir -p "$runtime" && tar -C "$runtime" -x \
        ./usr/libexec/swift/lib/swift_static ./usr/libexec/swift/lib/clang)
    mv "$runtime/usr/libexec/swift/lib/swift_static" "$sysroot/usr/lib/swift_static"
    mkdir -p "$sysroot/usr/lib/clang"
    mv "$runtime"/usr/libexec/swift/lib/clang/* "$sysroot/usr/lib/clang/"
    ln -sfn swift_static "$sysroot/usr/lib/swift"
    [ -e "$sysroot/lib" ] || ln -s usr/lib "$sysroot/lib"
    rm -rf "$runtime" "$folder/apt-arm64"
}

# What stopped a build before: a pkgConfig in a system library, the dynamic resource folder, a
# linker path in the toolset, and a host triple that is not among those supported.
make_sdk() {
    local bundle="$folder/sdk/dakghar-arm64.artifactbundle"
    rm -rf "$folder/sdk"
    mkdir -p "$bundle/dakghar-arm64"
    cat >"$bundle/info.json" <<JSON
{ "schemaVersion": "1.0", "artifacts": { "dakghar-arm64": { "type": "swiftSDK", "version": "1",
  "variants": [ { "path": "dakghar-arm64", "supportedTriples": [ "x86_64-unknown-linux-gnu", "x86_64-pc-linux-gnu" ] } ] } } }
JSON
    cat >"$bundle/dakghar-arm64/swift-sdk.json" <<JSON
{ "schemaVersion": "4.0", "targetTriples": { "$triple": {
  "sdkRootPath": "/cross/sysroot",
  "swiftResourcesPath": "/cross/sysroot/usr/lib/swift_static",
  "swiftStaticResourcesPath": "/cross/sysroot/usr/lib/swift_static",
  "toolsetPaths": [ "toolset.json" ] } } }
JSON
    cat >"$bundle/dakghar-arm64/toolset.json" <<JSON
{ "schemaVersion": "1.0", "swiftCompiler": { "extraCLIOptions": [
  "-use-ld=lld", "-static-executable", "-Xclang-linker", "--sysroot=/cross/sysroot" ] } }
JSON
}

command -v mmdebstrap >/dev/null || { echo "mmdebstrap is missing: scripts/install-packages.sh cross" >&2; exit 1; }
{
    mkdir -p "$folder"
    # Not behind `||` or `if`: an error in them has to end the script.
    while [ ! -f "$folder/host.done" ]; do
        make_host
        touch "$folder/host.done"
    done
    while [ ! -f "$folder/sysroot.done" ]; do
        make_sysroot
        touch "$folder/sysroot.done"
    done
    make_sdk
    mkdir -p "$folder/host/cross" "$folder/host/source"
    touch "$folder/complete"
} >&2 </dev/null
echo "$folder"
