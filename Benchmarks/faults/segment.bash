# The segment of every line-up: nodes, a client, a host that asks and one that listens; and how they
# are watched. Sourced after stage.bash, with $family, $speaker, $profile, $node_count and
# $address_count.

# Where the services' addresses are, and one of them by its number.
prefix=198.51.100.0/24 pattern=198.51.100.%d
if [[ $family != ipv4 ]]; then
    prefix=2001:db8:0:1::/64 pattern=2001:db8:0:1::%x
    service_family=IPv6 endpoint=2001:db8::1
fi
[[ $family != ipv6-only ]] || subnet=2001:db8:: subnet_length=64 api_address=[2001:db8::1]:6481
mapfile -t addresses < <(printf "$pattern\n" $(seq "$address_count"))
running=() stopped=()
# Whom the who-has requests, or neighbor solicitations, ask for.
asked=${addresses[0]}

# All hosts, the nodes without their daemons.
set_up_segment() {
    local host
    set_up_nodes "$node_count" "\"$(printf "$pattern-$pattern" 1 250)\""
    plug asker "${subnet}201/$subnet_length"
    plug listener "${subnet}202/$subnet_length"
    [[ $family != ipv6 ]] || add_ipv6_addresses
    for host in client "${nodes[@]}"; do ip -n "$host" route add "$prefix" dev eth0; done
    # As IPVS and others with addresses on lo have it: no ARP request names a service's address. A
    # neighbor solicitation names none but its own link's anyway.
    for host in "${nodes[@]}"; do on "$host" sysctl -qw net.ipv4.conf.all.arp_announce=2; done
    running=("${nodes[@]}")
}

# Hosts have an address of each family, as in most clusters that have IPv6; hellos go by IPv4.
add_ipv6_addresses() {
    local host number=0
    add_ipv6_address client 200
    add_ipv6_address asker 201
    add_ipv6_address listener 202
    for host in "${nodes[@]}"; do
        add_ipv6_address "$host" $((++number))
        ip -n "$host" route add default via 2001:db8::200
    done
}
add_ipv6_address() { ip -n "$1" address add "2001:db8::$2/64" dev eth0; }

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
        echo "{\"speaker\":\"$speaker\",\"profile\":\"$profile\",\"family\":\"$family\"," \
            "\"nodes\":$node_count,\"addresses\":$address_count,\"fault\":\"$1\"," \
            "\"run\":$run$note_of_run,${line#?}" |
            sed 's/, "/,"/g'
    done <probed
}

processor_ticks() {
    local process
    for process in $(processes "$1"); do awk '{print $14 + $15}' "/proc/$process/stat"; done |
        awk '{sum += $1} END {print sum}'
}
