#!/usr/bin/env bash
# Installs what is missing of the Debian packages that Dakghar is built and tested with.
#
#   scripts/install-packages.sh build            libraries and tools to compile
#   scripts/install-packages.sh build test       and what the tests need
#   scripts/install-packages.sh build static     and what the static executable needs
#   scripts/install-packages.sh build cross      and what the arm64 executable is cross-built and run with
#   scripts/install-packages.sh bench            servers to compare with; they are not started
#   scripts/install-packages.sh clients          graphical clients and a screen for them
#
# Debian 12 and 13. Nothing is fetched when nothing is missing.
set -euo pipefail

usage="usage: scripts/install-packages.sh {build|test|static|cross|bench|clients}..."
[ $# -gt 0 ] || { echo "$usage" >&2; exit 64; }

wanted=()
for group in "$@"; do
    case "$group" in
    build)
        wanted+=(make pkg-config libsodium-dev libsqlite3-dev libsystemd-dev libexpat1-dev libzstd-dev
            libqrcodegen-dev libjs-strophe libjs-chart.js)
        ;;
    test)
        wanted+=(iproute2 nftables tmux profanity strace openssl procps python3-venv python3-pip
            chromium chromium-driver dnsmasq-base valgrind binutils gcc libc6-dev)
        ;;
    clients)
        wanted+=(dino-im xvfb openbox xdotool imagemagick dbus-daemon)
        ;;
    bench)
        wanted+=(ethtool prosody prosody-modules lua-dbi-sqlite3 ejabberd)
        ;;
    cross)
        wanted+=(mmdebstrap qemu-user-static binutils binutils-aarch64-linux-gnu file)
        ;;
    static)
        wanted+=(binutils file libcap-dev)
        ;;
    *)
        echo "$usage" >&2
        exit 64
        ;;
    esac
done

command -v dpkg-query >/dev/null || {
    echo "This is not a Debian system. Install the equivalents of: ${wanted[*]}" >&2
    exit 1
}

is_installed() {
    dpkg-query -W -f='${Status}\n' "$1" 2>/dev/null | grep -q '^install ok installed$'
}

missing=()
for package in "${wanted[@]}"; do
    is_installed "$package" || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
    exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "Missing packages: ${missing[*]}" >&2
        echo "Run as root: apt-get install ${missing[*]}" >&2
        exit 77
    fi
    as_root=(sudo)
fi

# Packages of servers would start them; the measurements start their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod 755 "$policy"
    trap '"${as_root[@]}" rm -f "$policy"' EXIT
fi

apt() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@" </dev/null
}

echo "Installing: ${missing[*]}"
apt -qq update
apt -qq -y --no-install-recommends install "${missing[@]}" >/dev/null
