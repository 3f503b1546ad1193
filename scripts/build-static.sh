#!/usr/bin/env bash
# Builds one fully static executable with libsodium, libsqlite3, libexpat, libzstd, libqrcodegen
# and libsystemd in it, strips it and checks it.
#
#   scripts/build-static.sh [x86_64]      -> .build-static/dakghar-x86_64
set -euo pipefail
cd "$(dirname "$0")/.."

arch="${1:-x86_64}"
limit_bytes=48000000
scratch=.build-static
product="$scratch/dakghar-$arch"

case "$arch" in
x86_64) ;;
arm64 | aarch64)
    echo "The arm64 executable is cross-built: that comes with issue 6." >&2
    exit 69
    ;;
*)
    echo "usage: make static ARCH=x86_64" >&2
    exit 64
    ;;
esac
if [ "$(uname -m)" != x86_64 ]; then
    echo "The x86-64 executable is built on an x86-64 machine; this is $(uname -m)." >&2
    exit 69
fi

systemd_folder="$(scripts/static-systemd.sh)"

# A dependency that says `import struct Foundation.Data` asks for the full Foundation, though
# FoundationEssentials has all that it uses. Given the chance, the linker takes a shared
# specialization from there and 50 MB of ICU with it. So these libraries are not on its command
# line at all: whoever really needs them fails to link.
without_foundation=()
for library in Foundation FoundationInternationalization CoreFoundation _FoundationICU; do
    without_foundation+=(-Xswiftc -Xfrontend -Xswiftc -disable-autolink-library)
    without_foundation+=(-Xswiftc -Xfrontend -Xswiftc "$library")
done

swift build -c release --product dakghar --scratch-path "$scratch" \
    -Xswiftc -static-executable \
    -Xswiftc -use-ld=lld \
    "${without_foundation[@]}" \
    -Xlinker "-L$systemd_folder" \
    -Xlinker -lcap \
    -Xlinker --gc-sections \
    -Xlinker --icf=safe

built="$scratch/release/dakghar"

echo "Checking $built"
symbols="$(nm --defined-only "$built" 2>/dev/null)"
unwanted="$(grep -E ' (_?u_[a-z]+_swift|ucol_|ures_|uloc_|udat_|icudt|_?CFString|_?\$s10Foundation0?[A-Z])' \
    <<<"$symbols" | head -5 || true)"
if [ -n "$unwanted" ]; then
    echo "Full Foundation or ICU is linked in; use FoundationEssentials only:" >&2
    echo "$unwanted" >&2
    exit 1
fi

strip -o "$product" "$built"
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
