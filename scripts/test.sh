#!/usr/bin/env bash
# Runs tests tier by tier and adds the results up.
#
#   scripts/test.sh                       every tier
#   scripts/test.sh unit outage           only these
#
# Tiers: unit (swift test), lint, simulation (SIMULATION_SECONDS of fresh seeds, default 60; 0: skipped),
# then with real processes: interop, outage, crash. Only when asked
# for: clients (a graphical client on a screen of its own).
# In the environment: DAKGHAR (the executable to test; default .build/debug/dakghar),
# PYTEST_ARGS (more arguments for pytest), RESULTS (a folder for the JUnit files).
#
# A tier that fails does not stop the ones after it. The last line counts all tests; the exit
# code is 1 if anything failed.
set -euo pipefail
cd "$(dirname "$0")/.."

tiers=("$@")
[ ${#tiers[@]} -gt 0 ] || tiers=(unit lint simulation interop outage crash)

results="${RESULTS:-.build-results}"
mkdir -p "$results"
rm -f "$results"/*.xml "$results"/*.failed "$results"/*.broken
results="$(cd "$results" && pwd)"
python=""
built=""

note() { printf '\n== %s\n' "$*"; }

# What broke without leaving a count behind (a crash, a build that failed) counts as one failure.
count_failure() { printf '%s\n' "$2" >"$results/$1.failed"; }

build() {
    [ -z "$built" ] || return 0
    built=tried
    note "build"
    if ! swift build --build-tests; then
        count_failure build "the build failed"
        return 1
    fi
    built=yes
}

run_unit() {
    [ -d Tests ] && compgen -G 'Tests/*Tests' >/dev/null || {
        echo "unit: skipped: no tests there"
        return 0
    }
    swift test --skip-build --parallel --skip '^SimulationTests\.' --xunit-output "$results/unit.xml" ||
        echo "swift test ended with an error" >"$results/unit.broken"
}

run_simulation() {
    local seconds="${SIMULATION_SECONDS:-60}"
    if [ "$seconds" = 0 ]; then
        echo "simulation: skipped: SIMULATION_SECONDS is 0"
        return 0
    fi
    DAKGHAR_SIMULATION_SECONDS="$seconds" swift test --skip-build --filter '^SimulationTests\.' \
        --xunit-output "$results/simulation.xml" ||
        echo "swift test ended with an error" >"$results/simulation.broken"
}

run_lint() { scripts/lint.sh || count_failure lint "lint"; }

# The tests mostly wait for lines and timers, so several run at once (`$4`).
run_pytest() {
    local tier="$1" folder="$2" needs_root="$3" spread="${4:-}"
    if ! compgen -G "$folder/test_*.py" >/dev/null; then
        echo "$tier: skipped: no tests there"
        return 0
    fi
    if [ "$needs_root" = root ] && [ "$(id -u)" -ne 0 ]; then
        echo "$tier: skipped: network namespaces need root (run make as root)"
        return 0
    fi
    if [ ! -x "$DAKGHAR" ]; then
        count_failure "$tier" "$DAKGHAR is not there"
        return 0
    fi
    # shellcheck disable=SC2086
    "$python" -m pytest "$folder" -q -rs $spread --junitxml "$results/$tier.xml" ${PYTEST_ARGS:-} </dev/null ||
        echo "pytest ended with an error" >"$results/$tier.broken"
}

DAKGHAR="$(realpath -m "${DAKGHAR:-.build/debug/dakghar}")"
export DAKGHAR

for tier in "${tiers[@]}"; do
    case "$tier" in
    unit | simulation | interop | outage | crash | clients) build || break ;;
    esac
    case "$tier" in
    interop | outage | crash | clients)
        if [ -z "$python" ] && ! python="$(scripts/python-venv.sh)"; then
            count_failure python "the tests' Python environment could not be made"
            break
        fi
        python="$(realpath -s "$python")"
        ;;
    esac
    started=$SECONDS
    note "$tier"
    case "$tier" in
    unit) run_unit ;;
    lint) run_lint ;;
    simulation) run_simulation ;;
    interop) run_pytest interop Tests/Interop any "-n 4 --dist loadfile" ;;
    outage) run_pytest outage Tests/Outage root "-n 4" ;;
    clients) run_pytest clients Tests/Clients any ;;
    crash) run_pytest crash Tests/Crash any ;;
    *)
        echo "unknown tier: $tier" >&2
        exit 64
        ;;
    esac
    echo "$tier: $((SECONDS - started)) s"
done

note "summary"
scripts/sum-results.sh "$results"
