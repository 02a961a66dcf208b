#!/bin/sh
# The edge in a container: TRUNK and PHONES are its addresses; NODES and CARRIERS, as address:port with spaces between.
set -eu
list=/tmp/dispatcher.list
for node in $NODES; do echo "1 sip:$node"; done >"$list"
for carrier in $CARRIERS; do echo "2 sip:$carrier"; done >>"$list"
exec kamailio -DD -E -f /etc/edge/kamailio.cfg -A "TRUNK=$TRUNK" -A "PHONES=$PHONES" -A "LIST=\"$list\"" -Y /tmp -w /tmp
