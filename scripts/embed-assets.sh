#!/bin/sh
# Writes the files of a folder, and strophe.js and chart.js from Debian's packages, into one Swift file.
#
#   scripts/embed-assets.sh FOLDER OUT.swift
#
# Each is compressed once, here: the box only ever sends it. Called by the EmbedAssets plugin.
set -eu
folder="$1"
out="$2"
draft="$out.draft"

# name in the web, file, content type
entry() {
    [ -f "$2" ] || {
        echo "$2 is missing: scripts/install-packages.sh build installs it" >&2
        exit 1
    }
    tag="$(sha256sum <"$2" | cut -c1-16)"
    printf '        EmbeddedAsset(path: "%s", type: "%s", tag: "%s", base64: "' "$1" "$3" "$tag"
    gzip -9nc "$2" | base64 -w0
    printf '"),\n'
}

type_of() {
    case "$1" in
    *.html) echo "text/html; charset=utf-8" ;;
    *.js) echo "text/javascript; charset=utf-8" ;;
    *.css) echo "text/css; charset=utf-8" ;;
    *.json) echo "application/json" ;;
    *.webmanifest) echo "application/manifest+json" ;;
    *.svg) echo "image/svg+xml" ;;
    *.png) echo "image/png" ;;
    *.txt) echo "text/plain; charset=utf-8" ;;
    *)
        echo "$1: no content type is known for this kind of file (scripts/embed-assets.sh)" >&2
        exit 1
        ;;
    esac
}

{
    echo "/// Made by scripts/embed-assets.sh."
    echo "enum EmbeddedAssets {"
    echo "    static let all: [EmbeddedAsset] = ["
    (cd "$folder" && find . -type f ! -name '.*' | LC_ALL=C sort) | while read -r file; do
        name="${file#./}"
        entry "$name" "$folder/$name" "$(type_of "$name")"
    done
    entry "vendor/strophe.js" /usr/share/javascript/strophe/strophe.min.js "text/javascript; charset=utf-8"
    entry "vendor/chart.js" /usr/share/javascript/chart.js/chart.min.js "text/javascript; charset=utf-8"
    entry "vendor/chart-licence.txt" /usr/share/doc/libjs-chart.js/copyright "text/plain; charset=utf-8"
    entry "vendor/strophe-licence.txt" /usr/share/doc/libjs-strophe/copyright "text/plain; charset=utf-8"
    echo "    ]"
    echo "}"
} >"$draft"
mv "$draft" "$out"
