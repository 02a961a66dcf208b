#!/bin/sh
# The edge in a container: TRUNK and PHONES are its addresses; NODES and CARRIERS, as address:port with spaces between
# (address:port;transport=tls where it is called by TLS). It speaks TLS once certificate.pem, key.pem and authority.pem are in
# /run/edge; a renewed certificate is taken up within ten seconds, when the key fits.
set -eu
list=/tmp/dispatcher.list certificate=/run/edge/certificate.pem taken=/tmp/taken
for node in $NODES; do echo "1 sip:$node"; done >"$list"
for carrier in $CARRIERS; do echo "2 sip:$carrier"; done >>"$list"
set -- -DD -E -f /etc/edge/kamailio.cfg -A "TRUNK=$TRUNK" -A "PHONES=$PHONES" -A "LIST=\"$list\"" -Y /tmp -w /tmp
if [ -r "$certificate" ]; then
    set -- "$@" -A 'TLS_CONFIG="/etc/edge/edge-tls.cfg"'
    touch -r "$certificate" "$taken"
    while sleep 10; do
        [ "$certificate" -nt "$taken" ] && kamcmd -s unixs:/tmp/kamailio_ctl tls.reload && touch -r "$certificate" "$taken"
    done &
fi
exec kamailio "$@"
