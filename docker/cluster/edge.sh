#!/bin/sh
# The edge, in a container or under systemd: TRUNK and PHONES are its addresses; NODES and CARRIERS, as address:port with spaces
# between (address:port;transport=tls where it is called by TLS). Of two edges each has its OWN address too, and the OTHER's.
# It speaks TLS once certificate.pem, key.pem and authority.pem are in /run/edge; a renewed certificate is taken up within ten
# seconds, when the key fits.
set -eu
here=$(dirname "$0") runs=${RUNTIME_DIRECTORY:-/tmp} certificate=/run/edge/certificate.pem
list=$runs/dispatcher.list taken=$runs/taken
for node in $NODES; do echo "1 sip:$node"; done >"$list"
for carrier in $CARRIERS; do echo "2 sip:$carrier"; done >>"$list"
set -- -DD -E -f "$here/../kamailio.cfg" -A "TRUNK=$TRUNK" -A "PHONES=$PHONES" -A "LIST=\"$list\"" -Y "$runs" -w "$runs"
[ -z "${OTHER:-}" ] || set -- "$@" -A "OWN=$OWN" -A "OWN_URI=\"sip:$OWN:5062\"" -A "OTHER_URI=\"sip:$OTHER:5062\""
if [ -r "$certificate" ]; then
    set -- "$@" -A "TLS_CONFIG=\"$here/edge-tls.cfg\""
    touch -r "$certificate" "$taken"
    while sleep 10; do
        [ "$certificate" -nt "$taken" ] && kamcmd -s "unixs:$runs/kamailio_ctl" tls.reload && touch -r "$certificate" "$taken"
    done &
fi
exec kamailio "$@"
