#!/usr/bin/env bash
# Runs the arm64 executable under qemu: the tests of documents, logins and messages, with a box of the
# other processor. Emulation is ten times slower, so only these.
set -euo pipefail
cd "$(dirname "$0")/.."

product="$PWD/.build-static/dakghar-arm64"
[ -x "$product" ] || { echo "$product is not there: make static ARCH=arm64 makes it" >&2; exit 69; }
qemu="$(command -v qemu-aarch64-static || true)"
[ -n "$qemu" ] || { echo "qemu-aarch64-static is missing: scripts/install-packages.sh cross" >&2; exit 69; }

wrapper="$(mktemp -d)/dakghar"
trap 'rm -rf "$(dirname "$wrapper")"' EXIT
printf '#!/bin/sh\nexec %q %q "$@"\n' "$qemu" "$product" >"$wrapper"
chmod +x "$wrapper"

"$wrapper" --version
DAKGHAR="$wrapper" "$(scripts/python-venv.sh)" -m pytest Tests/Interop/test_login.py Tests/Interop/test_messages.py \
    -q -rs -k "not constant and not slow" </dev/null
