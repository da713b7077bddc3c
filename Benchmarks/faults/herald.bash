# Herald as a speaker: what Benchmarks/faults/lineup asks of one. Sourced.

speaker_start() { start_node "$1" --hello-profile "$profile"; }
speaker_launch() { launch_node "$1" --hello-profile "$profile"; }
speaker_signal() { kill "-$1" "${daemons[$2]}"; }

# All daemons, and a Service for each address.
speaker_begin() {
    local node number
    for node in "${nodes[@]}"; do
        accept_addresses "$node"
        speaker_start "$node"
    done
    for ((number = 1; number <= ${#addresses[@]}; number++)); do create_service "bench-$number"; done
    eventually 120 all_are_announced "${#addresses[@]}"
}

# The node's kernel takes the traffic, as kube-proxy has it do, and answers nobody who asks: Herald
# does. Solicitations a kernel answers only for addresses of the link they came by; requests by ARP
# too, with the stage's arp_ignore.
accept_addresses() {
    printf 'address add %s dev lo\n' "${addresses[@]}" | ip -n "$1" -batch -
}

create_service() {
    write_service "$1"
    api POST "$endpoint_slices" --data-binary "@$1-endpoints.json" >/dev/null
    api POST "$services" --data-binary "@$1.json" >/dev/null
}

all_are_announced() { [[ $(ctl n1 addresses -o json | grep -c '"state": "announced"') == "$1" ]]; }

# owns_all NAME: every address is its.
owns_all() { [[ $(ctl n1 addresses -o json | grep -c "\"owner\": \"$1\"") == "${#addresses[@]}" ]]; }

speaker_owner() { owner_of "${addresses[0]}" "${running[0]}"; }

# speaker_is_settled: every running node hears all others, and they name the same owner.
speaker_is_settled() {
    local node named owner=
    for node in "${running[@]}"; do
        [[ $(alive_members "$node") == $((${#running[@]} - 1)) ]] || return 1
        named=$(owner_of "${addresses[0]}" "$node")
        [[ " ${running[*]} " == *" $named "* ]] || return 1
        [[ -z $owner || $owner == "$named" ]] || return 1
        owner=$named
    done
}

speaker_drain() { ctl "$1" drain >/dev/null; }
speaker_undrain() { ctl "$1" undrain >/dev/null; }

# Has a node allocate addresses in place of the one that does; n1 stays the API's.
speaker_lead() {
    content_type=application/merge-patch+json api PATCH "$leases/herald-allocator" \
        --data "{\"spec\":{\"holderIdentity\":\"$1\"}}" >/dev/null
    eventually 20 leads "$1"
}
leads() { ctl "$1" status -o json | grep -q '"role": "leader"'; }
leases=/apis/coordination.k8s.io/v1/namespaces/herald-system/leases

processes() { echo "${daemons[$1]}"; }
