# keepalived as a speaker: VRRP version 3, one instance, adverts each 0.1 s, preemption. Sourced.

speaker_launch() {
    ip netns exec "$1" keepalived -n -l -f "/run/stage/$1.conf" -p "/run/stage/$1.pid" \
        -r "/run/stage/$1.vrrp" &>>keepalived.log &
    daemons[$1]=$!
    disown
}
speaker_start() {
    speaker_launch "$1"
    eventually 20 test -s "$1.vrrp"
}

# Parent and child: the parent alone would take the child down in order.
speaker_signal() {
    if [[ $1 == TERM ]]; then kill -TERM "${daemons[$2]}"; else kill "-$1" $(processes "$2"); fi
    [[ $1 != KILL ]] || rm -f "$2.vrrp" "$2.pid"
}
processes() { echo "${daemons[$1]} $(<"$1.vrrp")"; }

speaker_begin() {
    local node priority=150
    for node in "${nodes[@]}"; do
        cat >"$node.conf" <<CONF
vrrp_instance bench {
    version 3
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority $priority
    advert_int 0.1
    virtual_ipaddress {
$(printf '        %s\n' "${addresses[@]}")
    }
}
CONF
        priority=$((priority - 10))
        speaker_start "$node"
    done
}

has_address() { ip -n "$1" -o address show dev eth0 to "${addresses[0]}" | grep -q .; }

speaker_owner() {
    local node
    for node in "${running[@]}"; do
        ! has_address "$node" || { echo "$node" && return; }
    done
}

# The first of the running nodes, whose priority is highest, has the address, and no other.
speaker_is_settled() {
    local node
    for node in "${running[@]}"; do
        if [[ $node == "${running[0]}" ]]; then has_address "$node"; else ! has_address "$node"; fi ||
            return 1
    done
}
