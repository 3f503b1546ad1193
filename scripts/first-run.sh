#!/usr/bin/env bash
# Makes a box for a first try and starts it: what `make run` does after the build.
#
#   scripts/first-run.sh DAKGHAR DIR
#
# A directory that is there already is used as it is. NAME, DOMAIN and HOST in the environment
# replace the defaults.
set -euo pipefail

dakghar="${1:?usage: scripts/first-run.sh DAKGHAR DIR}"
dir="${2:?usage: scripts/first-run.sh DAKGHAR DIR}"

name="${NAME:-office}"
domain="${DOMAIN:-office.test}"

# The first IPv4 address of this machine that another one could reach.
lan_address() {
    local address
    for address in $(hostname -I 2>/dev/null); do
        case "$address" in
        *:* | 127.* | 169.254.*) ;;
        *)
            echo "$address"
            return
            ;;
        esac
    done
    echo 127.0.0.1
}

# Port 443 is to be had if nobody holds it and this user may bind ports so low.
port_443_is_free() {
    if [ "$(id -u)" -ne 0 ]; then
        local lowest
        lowest="$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start 2>/dev/null || echo 1024)"
        [ "$lowest" -le 443 ] || return 1
    fi
    # 01BB is 443, 0A is "listening".
    ! grep -qsE '^ *[0-9]+: [0-9A-F]+:01BB [0-9A-F:]+ 0A ' /proc/net/tcp /proc/net/tcp6
}

use_8443_for_web() {
    local file="$dir/dakghar.toml"
    if grep -qE '^web[[:space:]]*=' "$file"; then
        sed -i -E 's/^(web[[:space:]]*=[[:space:]]*"[^"]*):443"/\1:8443"/' "$file"
    elif grep -qE '^\[listen\]' "$file"; then
        sed -i -E 's/^\[listen\].*/&\nweb = "0.0.0.0:8443"/' "$file"
    else
        printf '\n[listen]\nweb = "0.0.0.0:8443"\n' >>"$file"
    fi
    echo "Port 443 is not to be had here: the web port of this box is 8443 (in $file)."
}

if [ ! -e "$dir/dakghar.toml" ]; then
    host="${HOST:-$(lan_address)}"
    echo "A new box: $name, domain $domain, address $host, directory $dir"
    "$dakghar" init --dir "$dir" --name "$name" --domain "$domain" --host "$host"
    echo
    port_443_is_free || use_8443_for_web
    echo "The first user, who may administer the box; the password is shown this once:"
    "$dakghar" user add admin --admin --dir "$dir"
    cat <<TEXT

Log in with an XMPP app:
  JID       admin@$domain
  server    $host (in the app's own setting for the host, unless your DNS knows $domain)
  port      5222 with STARTTLS, or 5223 with direct TLS
  root certificate, to be trusted on the phone or computer: $dir/certificates/root.pem

Another user:    $dakghar user add NAME --dir $dir
This box's card: $dakghar card --dir $dir
What it does:    $dakghar status --watch --dir $dir
TEXT
else
    echo "The box in $dir"
fi

echo
echo "Serving until Ctrl-C."
exec "$dakghar" run --dir "$dir"
