#!/usr/bin/env bash
# Runs every measurement in Benchmarks/ against one executable, one after the other, then prints
# the ratios to Prosody and ejabberd, and how cost grows. Ends with 1 when something failed or a goal
# is missed.
#
#   scripts/bench.sh .build/release/dakghar [NAME…]      NAME: messages for Benchmarks/bench_messages.py
set -euo pipefail
cd "$(dirname "$0")/.."

DAKGHAR="$(realpath "${1:?usage: scripts/bench.sh DAKGHAR [NAME…]}")"
export DAKGHAR
shift

measurements=()
for name in "$@"; do measurements+=("Benchmarks/bench_$name.py"); done
[ ${#measurements[@]} -gt 0 ] || measurements=(Benchmarks/bench_*.py)

python="$(scripts/python-venv.sh)"
failed=()
for measurement in "${measurements[@]}"; do
    printf '\n== %s\n' "$measurement"
    "$python" "$measurement" || failed+=("$measurement")
done

printf '\n== ratios\n'
"$python" Benchmarks/ratios.py || failed+=("a goal")
printf '\n== growth\n'
"$python" Benchmarks/growth.py .build-results/bench/growth.svg || failed+=("growth")
if [ ${#failed[@]} -gt 0 ]; then
    printf 'bench: failed: %s\n' "${failed[@]}" >&2
    exit 1
fi
