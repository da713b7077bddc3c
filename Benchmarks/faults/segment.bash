# The segment of every line-up: nodes, a client, a host that asks and one that listens; and how they
# are watched. Sourced after stage.bash, with $speaker, $profile, $node_count and $address_count.

prefix=198.51.100
mapfile -t addresses < <(seq -f "$prefix.%g" 1 "$address_count")
running=() stopped=()
# Whom the who-has requests ask for.
asked=${addresses[0]}

# All hosts, the nodes without their daemons.
set_up_segment() {
    local host
    set_up_nodes "$node_count" "$prefix.1-$prefix.250"
    plug asker 192.0.2.201/24
    plug listener 192.0.2.202/24
    for host in client "${nodes[@]}"; do ip -n "$host" route add "$prefix.0/24" dev eth0; done
    # As IPVS and others with addresses on lo have it: no ARP request names a service's address.
    for host in "${nodes[@]}"; do on "$host" sysctl -qw net.ipv4.conf.all.arp_announce=2; done
    running=("${nodes[@]}")
}

mark() { echo "$1" >&4; }
pause() { sleep "$1"; }

# From here on to watch_end all addresses are asked for; marks begin phases.
watch_begin() {
    rm -f marks
    mkfifo marks
    mapfile -t others < <(printf '%s\n' "${addresses[@]}" | grep -vxF "$asked")
    failover-probe watch asker client listener "$asked" "${others[@]}" <marks >probed &
    prober=$!
    exec 4>marks
    # Caches are filled and of no one age; then a random phase of the hello period.
    pause "0.$((600 + RANDOM % 200))"
}

# watch_end NAME: prints a line of JSON for each phase.
watch_end() {
    mark end
    exec 4>&-
    wait "$prober"
    local line
    while read -r line; do
        echo "{\"speaker\":\"$speaker\",\"profile\":\"$profile\",\"nodes\":$node_count," \
            "\"addresses\":$address_count,\"fault\":\"$1\",\"run\":$run$note_of_run,${line#?}" |
            sed 's/, "/,"/'
    done <probed
}

processor_ticks() {
    local process
    for process in $(processes "$1"); do awk '{print $14 + $15}' "/proc/$process/stat"; done |
        awk '{sum += $1} END {print sum}'
}
