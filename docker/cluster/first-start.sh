#!/bin/sh
# What Patroni runs in a new database, once: our user, who may do what it likes in a database of its own, and no more.
set -eu
psql --quiet --set=ON_ERROR_STOP=1 --set="secret=$(cat /run/cluster/shared/database-password)" "$1" <<'SQL'
CREATE ROLE hotline LOGIN PASSWORD :'secret';
CREATE DATABASE hotline OWNER hotline;
SQL
