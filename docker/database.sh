#!/bin/sh
# PostgreSQL for the hotline: its cluster is made at the first start, with a password nobody has to know.
# The password lies in a volume that the hotline's container reads; PASSWORD_FILE names another one to use.
set -eu
umask 077
secret=${PASSWORD_FILE:-/run/hotline-secrets/database-password}
if [ ! -s "$secret" ]; then
    head -c 24 /dev/urandom | base64 | tr '+/' '-_' >"$secret.new"
    chmod 444 "$secret.new" # who may read it is decided by who is given the volume
    mv "$secret.new" "$secret"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    initdb --auth-host=scram-sha-256 --auth-local=trust --username=hotline --pwfile="$secret" \
        --encoding=UTF8 --locale=C.UTF-8 --data-checksums
    printf 'host all all samenet scram-sha-256\n' >>"$PGDATA/pg_hba.conf"
    printf 'CREATE DATABASE hotline;\n' | postgres --single -j postgres >/dev/null
fi
exec postgres -c listen_addresses='*' -c unix_socket_directories=/run/postgresql
