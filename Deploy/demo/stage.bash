# A stage for stories with real hosts: sourced with "$@" of the script, whose $1 is the folder of
# heraldd and heraldctl.
#
# The script is started anew in namespaces of its own for networks, mounts and processes: when it
# ends, however it ends, the kernel removes all that it made. Root is not needed where
# unprivileged user namespaces are allowed.
set -Eeuo pipefail

programs=$(cd "${1:?usage: $0 FOLDER-OF-heraldd-AND-heraldctl}" && pwd)
stage=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

if [[ ${HERALD_STAGE_INSIDE:-} != 1 ]]; then
    user=()
    [[ $EUID == 0 ]] || user=(--user --map-root-user)
    export HERALD_STAGE_INSIDE=1
    exec unshare "${user[@]}" --net --mount --pid --fork --kill-child --mount-proc "$0" "$@"
fi

origin=$PWD
mount -t tmpfs none /run
mkdir -p /run/netns /run/stage/pools
cd /run/stage
export PATH="$programs:$PATH" KUBECONFIG=/run/stage/state/kubeconfig
daemon=

on() { ip netns exec "$@"; }
milliseconds() { echo $((${EPOCHREALTIME/./} / 1000)); }

# eventually SECONDS COMMAND...: polls until it succeeds; how long that took is in $took.
eventually() {
    local seconds=$1 start
    shift
    start=$(milliseconds)
    until "$@" &>/dev/null; do
        took=$(($(milliseconds) - start))
        ((took < seconds * 1000)) || fail "not within $seconds s: $*"
        sleep 0.02
    done
    took=$(($(milliseconds) - start))
}

fail() {
    ((BASH_SUBSHELL == 0)) || exit 1
    printf '\nFailed: %s\n' "$*" >&2
    [[ ! -s heraldd.log ]] || { printf '\nThe last lines of the daemon:\n'; tail -n 20 heraldd.log; } >&2
    exit 1
}
trap 'fail "line $LINENO: $BASH_COMMAND"' ERR
trap 'exit 130' INT TERM

# A segment, a node 192.0.2.1 with one pool of the addresses given, a client 192.0.2.200.
set_up() {
    ip link add segment type bridge forward_delay 0
    ip link set segment up
    plug node 192.0.2.1/24
    plug client 192.0.2.200/24
    : >herald.yaml
    write_pool "$1"
}

write_pool() {
    cat >pools/pool.yaml <<EOF
apiVersion: herald.dev/v1
kind: AddressPool
metadata: {name: demo}
spec:
  addresses: [$1]
EOF
}

# plug NAME ADDRESS: a host on the segment.
plug() {
    ip netns add "$1"
    # Its IPv6 addresses, link-local ones too, serve at once: nobody looks for duplicates of them.
    on "$1" sysctl -qew net.ipv6.conf.default.accept_dad=0
    ip link add "port-$1" type veth peer name eth0 netns "$1"
    ip link set "port-$1" master segment up
    ip -n "$1" address add "$2" dev eth0
    ip -n "$1" link set lo up
    ip -n "$1" link set eth0 up
}

start_daemon() {
    ip netns exec node heraldd --embedded --node node --pools /run/stage/pools \
        --state-dir /run/stage/state --config /run/stage/herald.yaml &>>heraldd.log &
    daemon=$!
    eventually 20 on node curl -fsS http://127.0.0.1:6482/readyz
}

# Nodes n1 to n$1 (192.0.2.1 and on, or of another $subnet) with one pool of the addresses given, and
# a client, which is their gateway too. n1 has the API.
set_up_nodes() {
    local number
    ip link add segment type bridge forward_delay 0
    ip link set segment up
    plug client "${subnet}200/$subnet_length"
    for ((number = 1; number <= $1; number++)); do
        plug "n$number" "$subnet$number/$subnet_length"
        ip -n "n$number" route add default via "${subnet}200"
        on "n$number" sysctl -qw net.ipv4.conf.all.arp_ignore=1
        nodes+=("n$number")
    done
    : >herald.yaml
    write_pool "$2"
    export KUBECONFIG=/run/stage/n1/kubeconfig
    api_node=n1 api_url=https://$api_address
}
nodes=()
declare -A daemons
# What a daemon is started by: setpriv(1), nice(1).
launcher=()

# start_node NAME [FLAG...]: n1 serves the API, the others use it.
start_node() {
    launch_node "$@"
    eventually 20 on "$1" curl -fsS http://127.0.0.1:6482/readyz
}

# The same without waiting until it is ready.
launch_node() {
    local name=$1 where=(--embedded-listen "$api_address")
    shift
    [[ $name == n1 ]] || where=(--kubeconfig "$KUBECONFIG")
    ip netns exec "$name" "${launcher[@]}" heraldd "${where[@]}" --node "$name" --pools /run/stage/pools \
        --state-dir "/run/stage/$name" --control "/run/stage/$name.sock" \
        --config /run/stage/herald.yaml "$@" &>>heraldd.log &
    daemons[$name]=$!
    # What becomes of it is the story's to tell.
    disown
}

# Waits for the end of a node's daemon, whatever ended it.
await_end() { eventually 10 has_ended "${daemons[$1]}"; }
has_ended() { ! kill -0 "$1" 2>/dev/null; }

# ctl NAME COMMAND...: heraldctl on a node of several.
ctl() { on "$1" heraldctl "${@:2}" --socket "/run/stage/$1.sock"; }

# owner_of ADDRESS NAME: who answers for it, as NAME's daemon sees it.
owner_of() {
    ctl "$2" addresses -o json | tr -d ' \n' |
        sed -n "s/.*\"address\":\"$1\",[^}]*\"owner\":\"\([^\"]*\)\".*/\1/p"
}

# alive_members NAME: how many others its daemon hears.
alive_members() { ctl "$1" members -o json | grep -c '"state": "alive"'; }

# api METHOD PATH [CURL-OPTION...]: asks the embedded API with curl.
api() {
    local method=$1 path=$2
    shift 2
    sed -n 's/.*certificate-authority-data: *//p' "$KUBECONFIG" | base64 -d >ca.pem
    on "$api_node" curl -fsS --cacert ca.pem -X "$method" "$api_url$path" \
        -H "Authorization: Bearer $(sed -n 's/.*token: *//p' "$KUBECONFIG" | tr -d '"')" \
        -H "Content-Type: ${content_type:-application/json}" "$@"
}

# write_service NAME: a Service of $service_family, and the EndpointSlice that a cluster makes of its
# pods.
write_service() {
    cat >"$1.json" <<EOF
{"apiVersion": "v1", "kind": "Service",
 "metadata": {"name": "$1", "namespace": "default"},
 "spec": {"type": "LoadBalancer", "selector": {"app": "$1"}, "ipFamilies": ["$service_family"],
          "ports": [{"name": "http", "protocol": "TCP", "port": 80, "targetPort": 80}]}}
EOF
    cat >"$1-endpoints.json" <<EOF
{"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "$service_family",
 "metadata": {"name": "$1-1", "namespace": "default",
              "labels": {"kubernetes.io/service-name": "$1"}},
 "ports": [{"name": "http", "protocol": "TCP", "port": 80}],
 "endpoints": [{"addresses": ["$endpoint"], "nodeName": "node", "conditions": {"ready": true}}]}
EOF
}
subnet=192.0.2. subnet_length=24 api_address=192.0.2.1:6481
service_family=IPv4 endpoint=192.0.2.1
api_node=node api_url=https://127.0.0.1:6481
services=/api/v1/namespaces/default/services
endpoint_slices=/apis/discovery.k8s.io/v1/namespaces/default/endpointslices
