#!/usr/bin/env bash
# Runs a command in the cross toolchain, with this tree at its own path.
#
#   scripts/in-arm64-toolchain.sh COMMAND ARGUMENTS...
#
# Nothing stays mounted: it happens in a mount namespace of its own.
set -euo pipefail
cd "$(dirname "$0")/.."

toolchain="$(scripts/arm64-toolchain.sh --cached)"
export toolchain
exec unshare --mount bash -euo pipefail -c '
    root="$toolchain/host"
    bind() { mkdir -p "$root$2" && mount --rbind "$1" "$root$2"; }
    mount --make-rprivate /
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    bind /dev /dev
    mount -t tmpfs tmpfs "$root/tmp"
    bind "$PWD" "$PWD"
    bind "$toolchain/sysroot" /cross/sysroot
    bind "$toolchain/sdk" /cross/sdk
    # The scripts of other makers that go into the web pages.
    for folder in /usr/share/javascript /usr/share/doc/libjs-strophe /usr/share/doc/libjs-chart.js; do
        [ ! -d "$folder" ] || bind "$folder" "$folder"
    done
    # Where git finds the packages is a matter of this machine: its configuration, and what that names.
    for file in /etc/gitconfig "$HOME/.gitconfig"; do
        [ ! -f "$file" ] || { mkdir -p "$root$(dirname "$file")" && cp "$file" "$root$file"; }
    done
    while read -r folder; do
        folder="${folder#file://}"
        [ ! -d "$folder" ] || [ "${folder:0:1}" != / ] || bind "$folder" "$folder"
    done < <(git config --list --name-only | sed -n "s/^url\.\(.*\)\.insteadof$/\1/p")
    [ ! -e /etc/resolv.conf ] || cp /etc/resolv.conf "$root/etc/resolv.conf"
    exec chroot "$root" /usr/bin/env -C "$PWD" HOME="$HOME" PATH=/usr/libexec/swift/bin:/usr/bin:/bin "$@"
' _ "$@"
