#!/bin/bash
# Whether the edge answers OPTIONS as a carrier asks. Of two edges (keepalived.conf) each is asked at its own address ($1, port $2),
# and at the carrier's ($3) where it has that: elsewhere the other edge would answer.
asked() {
    local question answer
    question=$(printf '%s\r\n' "OPTIONS sip:$1 SIP/2.0" "Via: SIP/2.0/UDP $1;rport;branch=z9hG4bK$RANDOM$RANDOM" \
        "From: <sip:health@$1>;tag=$RANDOM" "To: <sip:$1>" "Call-ID: $RANDOM$RANDOM@health" "CSeq: 1 OPTIONS" \
        "Max-Forwards: 5" "Content-Length: 0" "" end)
    exec 3<>"/dev/udp/$1/$2" || return 1
    printf %s "${question%end*}" | cat >&3 # in one go, as one datagram
    answer=$(timeout 2 head -c 12 <&3)
    [[ $answer == "SIP/2.0 200 " ]]
}
asked "${1:-$TRUNK}" "${2:-5060}" || exit 1
moving=${3%/*}
[[ -z $moving || -z $(ip -4 -o address show to "$moving") ]] || asked "$moving" 5060
