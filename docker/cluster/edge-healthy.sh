#!/bin/bash
# Whether the edge answers OPTIONS at the carrier's address, as a carrier asks; written in one go, as one datagram.
printf '%s\r\n' "OPTIONS sip:$TRUNK SIP/2.0" "Via: SIP/2.0/UDP $TRUNK;rport;branch=z9hG4bK$RANDOM$RANDOM" \
    "From: <sip:health@$TRUNK>;tag=$RANDOM" "To: <sip:$TRUNK>" "Call-ID: $RANDOM$RANDOM@health" "CSeq: 1 OPTIONS" \
    "Max-Forwards: 5" "Content-Length: 0" "" >/tmp/question
exec 3<>"/dev/udp/$TRUNK/5060" || exit 1
cat /tmp/question >&3
answer=$(timeout 2 head -c 12 <&3)
[[ $answer == "SIP/2.0 200 " ]]
