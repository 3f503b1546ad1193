#!/usr/bin/env bash
# Checks the systemd units without a running systemd: that they parse and that the sandbox of
# the service is tight (exposure at most 2.0).
set -euo pipefail
cd "$(dirname "$0")/.."

command -v systemd-analyze >/dev/null || {
    echo "units: skipped: systemd-analyze is not here"
    exit 0
}
compgen -G 'units/*' >/dev/null || {
    echo "units: skipped: no units there"
    exit 0
}

# verify insists that the program of ExecStart= exists: it gets a root directory of its own.
root="$(mktemp -d)"
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/etc/systemd/system"
cp units/*.service units/*.socket units/*.timer "$root/etc/systemd/system/"
for target in sysinit basic shutdown sockets timers network network-online multi-user; do
    printf '[Unit]\nDescription=%s\n' "$target" >"$root/etc/systemd/system/$target.target"
done
while IFS= read -r program; do
    mkdir -p "$root$(dirname "$program")"
    printf '#!/bin/sh\n' >"$root$program"
    chmod +x "$root$program"
done < <(sed -nE 's/^Exec[A-Za-z]*=[-@:+!]*(\/[^ ]+).*/\1/p' units/*.service | sort -u)

units=()
for file in units/*.service units/*.socket units/*.timer; do units+=("$(basename "$file")"); done
complaints="$(systemd-analyze verify --root="$root" --man=no --recursive-errors=no "${units[@]}" 2>&1)" || {
    echo "$complaints" >&2
    exit 1
}
[ -z "$complaints" ] || { echo "$complaints" >&2; exit 1; }

for file in units/*.service; do
    # The threshold is in tenths: 20 is 2.0.
    systemd-analyze security --offline=true --threshold=20 --no-pager "$file" | tail -1
done
echo "units: accepted"
