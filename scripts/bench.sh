#!/usr/bin/env bash
# Runs every measurement in Benchmarks/ against one executable, one after the other.
#
#   scripts/bench.sh .build/release/dakghar
set -euo pipefail
cd "$(dirname "$0")/.."

DAKGHAR="$(realpath "${1:?usage: scripts/bench.sh DAKGHAR}")"
export DAKGHAR

compgen -G 'Benchmarks/bench_*.py' >/dev/null || {
    echo "bench: there are no measurements in Benchmarks/" >&2
    exit 69
}
python="$(scripts/python-venv.sh)"
for measurement in Benchmarks/bench_*.py; do
    printf '\n== %s\n' "$measurement"
    "$python" "$measurement"
done
