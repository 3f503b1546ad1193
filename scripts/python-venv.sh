#!/usr/bin/env bash
# Makes or refreshes the tests' Python environment (.build-venv) from Tests/requirements.txt
# and prints the path of its interpreter. Works with Debian's python3 and with pyenv's.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=.build-venv
requirements=Tests/requirements.txt
[ -f "$requirements" ] || { echo "$requirements is missing" >&2; exit 1; }

stamp="$venv/requirements.sum"
sum=$(sha256sum "$requirements" | cut -d' ' -f1)
if [ -x "$venv/bin/python" ] && [ "$(cat "$stamp" 2>/dev/null || true)" = "$sum" ] \
    && "$venv/bin/python" -c 'import pytest' 2>/dev/null; then
    echo "$venv/bin/python"
    exit 0
fi

{
    # A pyenv shim may have no version chosen, or an old one: then Debian's own interpreter serves.
    python=python3
    "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
        python=/usr/bin/python3
    rm -rf "$venv"
    "$python" -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$requirements"
    echo "$sum" >"$stamp"
} >&2 </dev/null
echo "$venv/bin/python"
