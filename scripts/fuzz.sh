#!/usr/bin/env bash
# Fuzzers (docs/fuzzing.md).
#
#   scripts/fuzz.sh list
#   scripts/fuzz.sh TARGET SECONDS [ARGUMENTS OF LIBFUZZER]
#   scripts/fuzz.sh all SECONDS        each target, one after the other
#   scripts/fuzz.sh seeds              writes the seeds of the corpora again
#
# Built apart from everything else, in .build-fuzz. What a run finds new is kept in
# .build-fuzz/corpus/TARGET; what makes a target stop, in .build-fuzz/found/TARGET. In the environment:
# FUZZ_PROGRAMS (which of "core edges" to build and run; default: core. The edges need the whole product
# built once more). Ends with 77 where there is nothing to fuzz with.
set -euo pipefail
cd "$(dirname "$0")/.."

[ $# -ge 1 ] || { sed -n '3,8p' "$0" | cut -c3-; exit 64; }
programs="${FUZZ_PROGRAMS:-core}"
declare -A product=([core]=dakghar-fuzz [edges]=dakghar-fuzz-edges)

if [ "$(uname -m)" != x86_64 ]; then
    echo "fuzz: skipped: tried on x86-64 only"
    exit 77
fi
resources="$(swiftc -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')"
runtime="$(find "$resources/clang/lib/" "$resources/../clang/" -name 'libclang_rt.fuzzer_no_main-x86_64.a' \
    -print -quit 2>/dev/null || true)"
if [ -z "$runtime" ]; then
    echo "fuzz: skipped: this toolchain has no libFuzzer"
    exit 77
fi
DAKGHAR_FUZZ="$(dirname "$(realpath "$runtime")")"
export DAKGHAR_FUZZ
# The runtime's own report of a crash would run on top of libFuzzer's.
export SWIFT_BACKTRACE=enable=no
# Leaks are not looked for: the sanitizer does not find pointers in enums whose spare bits Swift uses, and
# takes constants for leaks. What really grows meets the limit of memory below.
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=0:detect_stack_use_after_return=0:handle_abort=1}"

build=.build-fuzz
mkdir -p "$build"
# The edges: only our modules are instrumented, the libraries below them are built as always.
declare -A options=([core]="-c release --sanitize=address" [edges]="-c debug")
declare -A binary_of
for program in $programs; do
    # shellcheck disable=SC2086
    swift build ${options[$program]} --scratch-path "$build" --product "${product[$program]}" \
        >"$build/build.log" 2>&1 || { tail -40 "$build/build.log" >&2; exit 1; }
    # shellcheck disable=SC2086
    binary_of[$program]="$(swift build ${options[$program]} --scratch-path "$build" --show-bin-path)/${product[$program]}"
done

# The program that has a target.
program_of() {
    local program
    for program in $programs; do
        if "${binary_of[$program]}" list | grep -q "^$1 "; then
            echo "${binary_of[$program]}"
            return 0
        fi
    done
    return 1
}

targets() { for program in $programs; do "${binary_of[$program]}" list | cut -d' ' -f1; done; }

run() {
    local target="$1" seconds="$2" binary longest status=0
    shift 2
    binary="$(program_of "$target")" || { echo "fuzz: no target $target; there are: $(targets | xargs)"; exit 64; }
    longest="$("$binary" list | sed -n "s/^$target //p")"
    mkdir -p "$build/corpus/$target" "$build/found/$target" "Tests/Fuzz/Corpus/$target"
    "$binary" "$target" "$build/corpus/$target" "Tests/Fuzz/Corpus/$target" -max_total_time="$seconds" \
        -max_len="$longest" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$build/found/$target/" "$@" >"$build/$target.log" 2>&1 </dev/null || status=$?
    if [ "$status" -ne 0 ]; then
        grep -aE 'broken promise|Fatal error|ERROR|SUMMARY|Test unit written' "$build/$target.log" |
            cut -c1-400 >&2 || true
        echo "fuzz: $target: FAILED, see $build/$target.log" >&2
        return 1
    fi
    awk -v target="$target" -v seconds="$seconds" '
        / cov: / { for (i = 1; i < NF; i++) { if ($i == "cov:") cov = $(i+1); if ($i == "ft:") ft = $(i+1) } }
        /number_of_executed_units/ { runs = $2 }
        END { printf "fuzz: %-18s %10d executions, %5d edges, %6d features, %d s\n", target, runs, cov, ft, seconds }
    ' "$build/$target.log"
}

case "$1" in
list) targets ;;
seeds) for program in $programs; do "${binary_of[$program]}" seeds Tests/Fuzz/Corpus; done ;;
all)
    failed=0
    for target in $(targets); do run "$target" "${2:?seconds}" || failed=1; done
    exit "$failed"
    ;;
*) run "$1" "${2:?seconds}" "${@:3}" ;;
esac
