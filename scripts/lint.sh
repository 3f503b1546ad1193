#!/usr/bin/env bash
# The rules that a machine can check: formatting, no full Foundation in the product (it would
# bring ICU and double the size of the executable), and files short enough to read.
set -euo pipefail
cd "$(dirname "$0")/.."

longest=400
failures=0

fail() {
    echo "lint: $1" >&2
    failures=$((failures + 1))
}

paths=(Package.swift)
folders=()
for folder in Sources Tests; do
    if [ -d "$folder" ]; then
        paths+=("$folder")
        folders+=("$folder")
    fi
done

swift format lint --strict --parallel --configuration .swift-format -r "${paths[@]}" ||
    fail "swift format has complaints; 'make format' mends most of them"

foundation="$(grep -rnE --include='*.swift' \
    '^[^/"]*\bimport[[:space:]]+((struct|class|enum|protocol|func|typealias)[[:space:]]+)?Foundation([[:space:].;]|$)' \
    Sources || true)"
if [ -n "$foundation" ]; then
    echo "$foundation" >&2
    fail "import FoundationEssentials, never Foundation"
fi

while IFS= read -r file; do
    lines="$(wc -l <"$file")"
    [ "$lines" -le "$longest" ] || fail "$file has $lines lines; at most $longest"
done < <(find "${folders[@]}" -name '*.swift')

table=docs/xeps.md
while IFS= read -r file; do
    [ -f "$file" ] || fail "$table names $file, which is not there"
done < <(grep -oE '`Sources/[^`]+\.swift`' "$table" | tr -d '`')
for file in Sources/Relay/Extensions/XEP*.swift; do
    grep -qF "\`$file\`" "$table" || fail "$file is not in $table"
done

for script in scripts/*.sh .ci/run; do
    bash -n "$script" || fail "$script does not parse"
done

if [ "$failures" -gt 0 ]; then
    echo "lint: $failures complaints" >&2
    exit 1
fi
echo "lint: clean"
