# The faults: fault_NAME does it, with a mark at the beginning of each phase that is measured;
# before_NAME prepares it unmeasured. Sourced; $owner is the node that has the first address.

# What passes no more; in place when nft returns.
drop() {
    nft "add table bridge faults; add chain bridge faults between \
        { type filter hook forward priority 0; }; $(printf 'add rule bridge faults between %s; ' "$@")"
}
pass() { nft delete table bridge faults; }

others() { printf '%s\n' "${nodes[@]}" | grep -vx "$1"; }

# among NODE WHICH: rules that keep the node's frames from the other nodes, and theirs from it.
among() {
    local other
    for other in $(others "$1"); do
        [[ $2 == in ]] || echo "iifname port-$1 oifname port-$other drop"
        [[ $2 == out ]] || echo "iifname port-$other oifname port-$1 drop"
    done
}

fault_cut() {
    mark fault
    ip link set "port-$owner" down
    pause "$takeover"
    mark healed
    ip link set "port-$owner" up
    pause "$afterwards"
}

fault_mute() {
    mark fault
    drop "iifname port-$owner drop" "oifname port-$owner drop"
    pause "$takeover"
    mark healed
    pass
    pause "$afterwards"
}

fault_kill() {
    mark fault
    end_daemon KILL "$owner"
    pause "$takeover"
}

fault_term() {
    mark fault
    end_daemon TERM "$owner"
    pause "$takeover"
}

partition() {
    mark fault
    mapfile -t rules < <(among "$owner" both)
    drop "${rules[@]}"
    pause "$1"
    mark healed
    pass
    pause "$healing"
}
fault_partition3() { partition 3.4; }
fault_partition8() { partition 8.4; }

fault_freeze() {
    mark fault
    speaker_signal STOP "$owner"
    pause 2
    mark woken
    speaker_signal CONT "$owner"
    pause "$afterwards"
}

fault_drain() {
    mark fault
    speaker_drain "$owner"
    pause "$takeover"
    mark undrained
    speaker_undrain "$owner"
    pause "$afterwards"
}

# All addresses are on one node, so that there is something to move; asked for is the first to move.
before_rebalance() {
    local other
    # A command is in force until nothing has moved for five seconds.
    ((run == 1)) || pause 6
    for other in $(others "$owner"); do speaker_drain "$other"; done
    eventually 20 owns_all "$owner"
    for other in $(others "$owner"); do speaker_undrain "$other"; done
    eventually 20 finds_move
}
finds_move() {
    asked=$(ctl "$owner" rebalance --dry-run | awk 'NR == 2 {print $1}')
    [[ -n $asked ]]
}
fault_rebalance() {
    mark fault
    ctl "$owner" rebalance >/dev/null
    eventually 30 is_even
    pause 0.5
}
is_even() { ctl "$owner" rebalance --dry-run | grep -q '^Nothing'; }

before_return() { end_daemon KILL "$owner"; }
fault_return() {
    mark fault
    start_daemon "${stopped[0]}"
    pause "$afterwards"
}

fault_oneway() {
    mark fault
    mapfile -t rules < <(among "$owner" out)
    drop "${rules[@]}"
    pause 3.4
    mark healed
    pass
    pause "$afterwards"
}

# Of what nodes say to each other and to everybody; answers to the client are left alone, for their
# loss would be measured as an outage.
fault_loss() {
    local node rules=()
    for node in "${nodes[@]}"; do
        mapfile -t -O "${#rules[@]}" rules < <(among "$node" out | sed 's/drop/numgen random mod 5 0 drop/')
        rules+=("iifname port-$node meta pkttype {broadcast, multicast} numgen random mod 5 0 drop")
    done
    mark lossy
    drop "${rules[@]}"
    pause 3
    mark fault
    ip link set "port-$owner" down
    pause "$takeover"
    pause 1
    mark healed
    ip link set "port-$owner" up
    pass
    pause "$afterwards"
}

before_api() { end_daemon KILL n1; }
fault_api() { fault_kill; }

# The leader is another than the owner, and than n1, which has the API.
before_leader() {
    leader=$(others "$owner" | grep -vx n1 | head -n 1)
    speaker_lead "$leader"
}
fault_leader() {
    local killed name=late-$run
    mark fault
    end_daemon KILL "$leader"
    killed=$(milliseconds)
    create_service "$name"
    eventually 30 has_ingress "$name"
    note_of_run=",\"allocationMilliseconds\":$(($(milliseconds) - killed))"
    api DELETE "$services/$name" >/dev/null
}
has_ingress() { api GET "$services/$1" | grep -q '"ingress":\[{'; }

before_start() {
    local node
    for node in "${nodes[@]}"; do end_daemon KILL "$node"; done
    # keepalived's kernel would go on to answer.
    for node in "${nodes[@]}"; do ip -n "$node" address flush dev eth0 to "${addresses[0]}"; done
}
fault_start() {
    local node
    mark fault
    for node in "${nodes[@]}"; do speaker_launch "$node"; done
    running=("${nodes[@]}") stopped=()
    eventually 30 speaker_is_settled
    pause 1
}

fault_roll() {
    local node
    mark fault
    for node in "${nodes[@]}"; do
        end_daemon TERM "$node"
        await_end "$node"
        start_daemon "$node"
        eventually 60 speaker_is_settled
    done
    pause 0.5
}
