#!/bin/sh
# One of the database's servers under Patroni; with words, patronictl: `patroni-server list`. Its passwords and its key lie in a volume
# that these servers alone are given. ROWS is its address for the machines of the hotline, LEADS that for the other server.
set -eu
umask 077
export PATRONI_NAME="$HOSTNAME" PATRONI_SUPERUSER_USERNAME=postgres PATRONI_REPLICATION_USERNAME=standby PATRONI_RESTAPI_USERNAME=patroni
export PATRONI_RESTAPI_CONNECT_ADDRESS="$LEADS:8008" PATRONI_POSTGRESQL_CONNECT_ADDRESS="$LEADS:5432"
export PATRONI_POSTGRESQL_LISTEN="$LEADS,$ROWS:5432"
PATRONI_SUPERUSER_PASSWORD=$(cat /run/cluster/rows/superuser)
PATRONI_REPLICATION_PASSWORD=$(cat /run/cluster/rows/standby)
PATRONI_RESTAPI_PASSWORD=$(cat /run/cluster/rows/patroni)
export PATRONI_SUPERUSER_PASSWORD PATRONI_REPLICATION_PASSWORD PATRONI_RESTAPI_PASSWORD
[ $# = 0 ] || exec patronictl -c /etc/patroni.yaml "$@"
exec patroni /etc/patroni.yaml
