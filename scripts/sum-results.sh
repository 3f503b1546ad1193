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

# "PASSED FAILED SKIPPED" of JUnit files, by test case: the totals in their heads mean other things
# in swift test (issues, not tests) than in pytest.
count_cases() {
    awk -v RS='<testcase' '
        FNR == 1 { next }
        /<failure|<error/ { failed++; next }
        /<skipped/ { skipped++; next }
        { passed++ }
        END { print passed + 0, failed + 0, skipped + 0 }' "$@"
}

shopt -s nullglob
declare -A seen=()
for file in "$results"/*.xml "$results"/*.failed "$results"/*.broken; do
    tier="$(basename "$file")"
    tier="${tier%%[.-]*}"
    seen[$tier]=1
done

for tier in "${!seen[@]}"; do
    good=0 bad=0 skipped=0
    present=()
    for file in "$results/$tier".xml "$results/$tier"-*.xml; do
        [ -f "$file" ] && present+=("$file")
    done
    if [ ${#present[@]} -gt 0 ]; then
        read -r good bad skipped < <(count_cases "${present[@]}")
    fi
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
