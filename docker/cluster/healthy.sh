#!/bin/bash
# Whether 127.0.0.1:PORT answers PATH by STATUS: healthy.sh PORT PATH STATUS
exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 1
printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$2" >&3
read -r -t 3 answer <&3
[[ $answer == HTTP/1.?" $3 "* ]]
