#!/usr/bin/env bash
# Builds one fully static executable with libsodium, libsqlite3, libexpat, libzstd, libqrcodegen
# and libsystemd in it, strips it and checks it.
#
#   scripts/build-static.sh [x86_64]      -> .build-static/dakghar-x86_64
#   scripts/build-static.sh arm64         -> .build-static/dakghar-arm64, cross-built
set -euo pipefail
cd "$(dirname "$0")/.."

arch="${1:-x86_64}"
limit_bytes=48000000
scratch=.build-static
product="$scratch/dakghar-$arch"

case "$arch" in
x86_64 | arm64) ;;
aarch64) exec "$0" arm64 ;;
*)
    echo "usage: make static ARCH=x86_64 (or arm64)" >&2
    exit 64
    ;;
esac
if [ "$(uname -m)" != x86_64 ]; then
    echo "Both executables are built on an x86-64 machine; this is $(uname -m)." >&2
    exit 69
fi

# A dependency that says `import struct Foundation.Data` asks for the full Foundation, though
# FoundationEssentials has all that it uses. Given the chance, the linker takes a shared
# specialization from there and 50 MB of ICU with it. So these libraries are not on its command
# line at all: whoever really needs them fails to link.
without_foundation=()
for library in Foundation FoundationInternationalization CoreFoundation _FoundationICU; do
    without_foundation+=(-Xswiftc -Xfrontend -Xswiftc -disable-autolink-library)
    without_foundation+=(-Xswiftc -Xfrontend -Xswiftc "$library")
done

common=(
    "${without_foundation[@]}"
    -Xlinker -lcap
    -Xlinker --gc-sections
    -Xlinker --icf=safe
)

build_x86_64() {
    local systemd_folder
    systemd_folder="$(scripts/static-systemd.sh)"
    swift build -c release --product dakghar --scratch-path "$scratch" \
        -Xswiftc -static-executable -Xswiftc -use-ld=lld -Xlinker "-L$systemd_folder" "${common[@]}"
    built="$scratch/release/dakghar"
    strip=strip
}

# The SDK says static and lld already. What the linker needs of systemd is in the sysroot.
build_arm64() {
    scripts/arm64-toolchain.sh >/dev/null
    scripts/in-arm64-toolchain.sh swift build -c release --product dakghar --scratch-path .build-arm64 \
        --swift-sdks-path /cross/sdk --swift-sdk dakghar-arm64 "${common[@]}"
    built=.build-arm64/release/dakghar
    strip=aarch64-linux-gnu-strip
}

mkdir -p "$scratch"
"build_$arch"

echo "Checking $built"
symbols="$(nm --defined-only "$built" 2>/dev/null)"
unwanted="$(grep -E ' (_?u_[a-z]+_swift|ucol_|ures_|uloc_|udat_|icudt|_?CFString|_?\$s10Foundation0?[A-Z])' \
    <<<"$symbols" | head -5 || true)"
if [ -n "$unwanted" ]; then
    echo "Full Foundation or ICU is linked in; use FoundationEssentials only:" >&2
    echo "$unwanted" >&2
    exit 1
fi

$strip -o "$product" "$built"
if ! file -b "$product" | grep -q 'statically linked'; then
    echo "$product is not statically linked:" >&2
    file -b "$product" >&2
    exit 1
fi

size="$(stat -c %s "$product")"
echo "static executable: $product"
echo "size: $size bytes, $(awk -v size="$size" 'BEGIN { printf "%.1f", size / 1000000 }') MB (limit 48 MB)"
if [ "$size" -ge "$limit_bytes" ]; then
    echo "That is over the limit." >&2
    exit 1
fi
