#!/usr/bin/env bash
# Prints the folder that holds libsystemd.a for a fully static link.
#
# Debian 13 ships it in libsystemd-dev. Debian 12 does not, but the package of the same name in
# bookworm-backports does: that one package is fetched through the machine's own apt, into a
# private apt state, and unpacked below .build-static-libs. Nothing is installed.
set -euo pipefail
cd "$(dirname "$0")/.."

multiarch="$(dpkg --print-architecture)"
case "$multiarch" in
amd64) multiarch=x86_64-linux-gnu ;;
arm64) multiarch=aarch64-linux-gnu ;;
*)
    echo "no recipe for a static libsystemd on $multiarch" >&2
    exit 1
    ;;
esac

if [ -f "/usr/lib/$multiarch/libsystemd.a" ]; then
    echo "/usr/lib/$multiarch"
    exit 0
fi

state="$PWD/.build-static-libs"
folder="$state/unpacked/usr/lib/$multiarch"
if [ -f "$folder/libsystemd.a" ]; then
    echo "$folder"
    exit 0
fi

codename="$(. /etc/os-release && echo "${VERSION_CODENAME:-}")"
site="$(apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' |
    awk -v codename="$codename" '$2 == codename && $3 == "main" { print $1; exit }')"
if [ -z "$codename" ] || [ -z "$site" ]; then
    echo "apt knows no source of '$codename main': cannot tell where its backports are." >&2
    echo "Put a libsystemd.a into $folder by hand and start again." >&2
    exit 1
fi

{
    rm -rf "$state"
    mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
    signed_by=""
    keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    [ -f "$keyring" ] && signed_by="[signed-by=$keyring]"
    echo "deb $signed_by $site $codename-backports main" >"$state/sources.list"

    options=(
        -qq
        -o "Dir::Etc::sourcelist=$state/sources.list"
        -o Dir::Etc::sourceparts=-
        -o "Dir::State::lists=$state/lists"
        -o "Dir::Cache=$state/cache"
        -o "APT::Sandbox::User=$(id -un)"
        -o Acquire::Retries=3
    )
    apt-get "${options[@]}" update
    (cd "$state" && apt-get "${options[@]}" download libsystemd-dev)
    dpkg-deb -x "$state"/libsystemd-dev_*.deb "$state/unpacked"
    rm -rf "$state/lists" "$state/cache"
} >&2 </dev/null

[ -f "$folder/libsystemd.a" ] || {
    echo "The $codename-backports package libsystemd-dev has no libsystemd.a." >&2
    exit 1
}
echo "$folder"
