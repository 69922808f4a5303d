# shellcheck shell=bash
# What the intruder does, and what the deckies have to say about it. Sourced by demo.sh.

VISITED=(files-01 printer-2f cam-lobby)

# address_of NAME: as the labels on its container say; a decky without an ip in the file has been given one.
address_of() {
    docker inspect "$(docker ps --quiet --filter "label=com.decnet.fleet=$FLEET" --filter "label=com.decnet.name=$1")" \
        --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}'
}

# typed LINE…: as from a keyboard, one line after the other has been asked for.
typed() {
    local line
    for line in "$@"; do sleep 1 && printf '%s\n' "$line"; done
    sleep 1
}

# as_intruder SHOWN COMMAND…: print what an intruder would type, then what comes back.
as_intruder() {
    printf '  %s%s $%s %s\n' "$RED" "$INTRUDER" "$PLAIN" "$1"
    shift
    local answer
    answer="$(timeout 20 nsenter --net="/run/netns/$SPACE" "$@" 2>&1 | tr -d '\0\r' | head -n 12 | cut -c 1-110 || true)"
    sed "s/^/      $DIM/; s/\$/$PLAIN/" <<<"${answer:-(no answer)}"
}

visit() {
    local files printer camera
    files="$(address_of files-01)" printer="$(address_of printer-2f)" camera="$(address_of cam-lobby)"
    as_intruder "ssh backup@$files 'uname -a; id'    # password: backup" \
        sshpass -p backup ssh -n -F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR \
        -o ConnectTimeout=10 "backup@$files" 'uname -a; id'
    as_intruder "curl -i -d 'username=admin&password=1234' http://$printer/login" \
        curl --silent --show-error --noproxy '*' --dump-header - --output /dev/null \
        -d 'username=admin&password=1234' "http://$printer/login"
    typed admin admin id exit | as_intruder "telnet $camera    # admin, admin, id, exit" telnet "$camera" || true
}

# Of everything that is known about a decky, only what the intruder did.
show_visits() {
    local name
    for name in "${VISITED[@]}"; do
        printf '  %s%s%s\n' "$BOLD" "$name" "$PLAIN"
        env -u FORCE_COLOR COLUMNS=300 "$DECNET" show "$name" --lines 50 | awk '/^interactions/ { on = 1 } on && /^20/ && !/ service\.ready /' |
            sed -E "s/^20[0-9-]+ /   /; s/ +\$//; s/(auth\.[a-z]+|command)  /$YELLOW\1$PLAIN  /" | cut -c 1-160
    done
}
