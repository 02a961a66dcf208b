#!/bin/sh
# One of the database's servers under Patroni. Its passwords lie in a volume that these servers alone are given.
set -eu
umask 077
export PATRONI_NAME="$HOSTNAME" PATRONI_SUPERUSER_USERNAME=postgres PATRONI_REPLICATION_USERNAME=standby
export PATRONI_RESTAPI_CONNECT_ADDRESS="$HOSTNAME:8008" PATRONI_POSTGRESQL_CONNECT_ADDRESS="$HOSTNAME:5432"
PATRONI_SUPERUSER_PASSWORD=$(cat /run/cluster/rows/superuser)
PATRONI_REPLICATION_PASSWORD=$(cat /run/cluster/rows/standby)
export PATRONI_SUPERUSER_PASSWORD PATRONI_REPLICATION_PASSWORD
exec patroni /etc/patroni.yaml
