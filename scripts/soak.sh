#!/usr/bin/env bash
# An hour (or MINUTES) of mixed traffic on two offices and a hub, with a cut and a kill in every turn; fails
# if messages are lost or anything grows. As root: it makes network namespaces.
#
#   scripts/soak.sh [MINUTES]
#
# In the environment: DAKGHAR (the executable; default .build/debug/dakghar), SEED (repeats a run).
set -euo pipefail
cd "$(dirname "$0")/.."

DAKGHAR="$(realpath -m "${DAKGHAR:-.build/debug/dakghar}")"
export DAKGHAR
[ -x "$DAKGHAR" ] || { echo "soak: $DAKGHAR is not there: build it first" >&2; exit 1; }
export SOAK_MINUTES="${1:-60}"
python="$(scripts/python-venv.sh)"
exec "$python" -m pytest Tests/Outage/test_soak.py -q -s -rs </dev/null
