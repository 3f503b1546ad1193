#!/usr/bin/env bash
# Runs the long versions of all tests and adds the outcome, with commit and date, to the top of
# docs/torture.md. In the environment: SEED (repeats a run), SOAK_MINUTES (default 60).
set -euo pipefail
cd "$(dirname "$0")/.."

report=docs/torture.md
log=.build-results/torture.log
commit="$(git rev-parse --short HEAD 2>/dev/null || echo "no commit")"
git diff --quiet HEAD -- Sources Tests Package.swift 2>/dev/null || commit="$commit with local changes"
started=$SECONDS

mkdir -p .build-results
outcome="$(mktemp)"
trap 'rm -f "$outcome"' EXIT

# The soak (Tests/Outage/test_soak.py) runs beside the other outage tests.
export SOAK_MINUTES="${SOAK_MINUTES:-60}"
status=0
DAKGHAR_LONG=1 PYTEST_ARGS="--long ${PYTEST_ARGS:-}" scripts/test.sh unit interop outage crash 2>&1 | tee "$outcome" || status=$?
cp "$outcome" "$log"

entry="$(
    echo "## $(date -u +%Y-%m-%d), commit $commit"
    echo
    echo "Command: \`make torture\`. $(((SECONDS - started) / 60)) minutes on $(nproc) cores, $(uname -m)."
    echo
    echo '```'
    sed -n '/^== summary$/,$p' "$outcome" | tail -n +2
    echo '```'
)"
{
    echo "# Torture runs"
    echo
    echo "What \`make torture\` found, newest first. It runs every test in its long version."
    echo
    echo "$entry"
    if [ -f "$report" ]; then
        echo
        sed -n '/^## /,$p' "$report"
    fi
} >"$report.new"
mv "$report.new" "$report"
echo "written to $report"
exit "$status"
