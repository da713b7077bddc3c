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

# api METHOD PATH [CURL-OPTION...]: asks the embedded API with curl.
api() {
    local method=$1 path=$2
    shift 2
    sed -n 's/.*certificate-authority-data: *//p' "$KUBECONFIG" | base64 -d >ca.pem
    on node curl -fsS --cacert ca.pem -X "$method" "https://127.0.0.1:6481$path" \
        -H "Authorization: Bearer $(sed -n 's/.*token: *//p' "$KUBECONFIG" | tr -d '"')" \
        -H 'Content-Type: application/json' "$@"
}

# write_service NAME: a Service, and the EndpointSlice that a cluster makes of its pods.
write_service() {
    cat >"$1.json" <<EOF
{"apiVersion": "v1", "kind": "Service",
 "metadata": {"name": "$1", "namespace": "default"},
 "spec": {"type": "LoadBalancer", "selector": {"app": "$1"},
          "ports": [{"name": "http", "protocol": "TCP", "port": 80, "targetPort": 80}]}}
EOF
    cat >"$1-endpoints.json" <<EOF
{"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
 "metadata": {"name": "$1-1", "namespace": "default",
              "labels": {"kubernetes.io/service-name": "$1"}},
 "ports": [{"name": "http", "protocol": "TCP", "port": 80}],
 "endpoints": [{"addresses": ["192.0.2.1"], "nodeName": "node", "conditions": {"ready": true}}]}
EOF
}
services=/api/v1/namespaces/default/services
endpoint_slices=/apis/discovery.k8s.io/v1/namespaces/default/endpointslices
