#!/usr/bin/env bash
# Adds up the results in a folder and prints, alone on the last line, "N passed, N failed".
# Exits 1 if anything failed, or if nothing passed.
#
# In the folder: TIER*.xml (JUnit), TIER.failed (one failure that has no count, with its reason),
# TIER.broken (the tier's program ended with an error: a failure only if its XML shows none).
set -euo pipefail

results="${1:?usage: scripts/sum-results.sh FOLDER}"
passed=0
failed=0

# The sum of one attribute over the test suites of JUnit files. Nested totals
# (<testsuites tests=…>) are not counted again.
attribute_sum() {
    local attribute="$1"
    shift
    { grep -ohE '<testsuite [^>]*>' "$@" || true; } | tr -d '\r' |
        { grep -oE "[ ]$attribute=\"[0-9]+\"" || true; } |
        awk -F'"' '{ sum += $2 } END { print sum + 0 }'
}

shopt -s nullglob
declare -A seen=()
for file in "$results"/*.xml "$results"/*.failed "$results"/*.broken; do
    tier="$(basename "$file")"
    tier="${tier%%[.-]*}"
    seen[$tier]=1
done

for tier in "${!seen[@]}"; do
    tests=0 bad=0 skipped=0
    files=("$results/$tier".xml "$results/$tier"-*.xml)
    present=()
    for file in "${files[@]}"; do [ -f "$file" ] && present+=("$file"); done
    if [ ${#present[@]} -gt 0 ]; then
        tests="$(attribute_sum tests "${present[@]}")"
        bad="$(($(attribute_sum failures "${present[@]}") + $(attribute_sum errors "${present[@]}")))"
        skipped="$(attribute_sum skipped "${present[@]}")"
    fi
    good="$((tests - bad - skipped))"
    [ "$good" -ge 0 ] || good=0
    if [ -f "$results/$tier.failed" ]; then
        bad="$((bad + 1))"
        echo "$tier: FAILED: $(cat "$results/$tier.failed")"
    elif [ -f "$results/$tier.broken" ] && [ "$bad" -eq 0 ]; then
        bad=1
        echo "$tier: FAILED: $(cat "$results/$tier.broken")"
    fi
    echo "$tier: $good passed, $bad failed, $skipped skipped"
    passed="$((passed + good))"
    failed="$((failed + bad))"
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
