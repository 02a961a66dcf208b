#!/bin/bash
# Whether the edge answers OPTIONS as a carrier asks, or at the address and port that are given; written in one go, as one datagram.
address=${1:-$TRUNK} port=${2:-5060}
question=$(printf '%s\r\n' "OPTIONS sip:$address SIP/2.0" "Via: SIP/2.0/UDP $address;rport;branch=z9hG4bK$RANDOM$RANDOM" \
    "From: <sip:health@$address>;tag=$RANDOM" "To: <sip:$address>" "Call-ID: $RANDOM$RANDOM@health" "CSeq: 1 OPTIONS" \
    "Max-Forwards: 5" "Content-Length: 0" "" end)
exec 3<>"/dev/udp/$address/$port" || exit 1
printf %s "${question%end*}" | cat >&3
answer=$(timeout 2 head -c 12 <&3)
[[ $answer == "SIP/2.0 200 " ]]
