# Herald: `make demo` shows it working, `make test` proves it.
SWIFT_FLAGS := --explicit-target-dependency-import-check error
# No symbol is exported: nobody loads a program as a library, and the table would cost 4 MB of file
# and 3 MB of memory.
RELEASE     := $(SWIFT_FLAGS) -c release --static-swift-stdlib -Xlinker --no-export-dynamic
PACKAGES    := libmnl-dev libnet1-dev libyaml-dev libsqlite3-dev zlib1g-dev pkg-config iproute2 \
               nftables iputils-arping ndisc6 tcpdump curl openssl
DESTDIR     ?=

.PHONY: deps build demo test test-cluster simulate fuzz lint bench bench-cluster bench-failover install check-install

# What is missing of the system's packages.
deps:
	@missing=$$(for p in $(PACKAGES); do \
	  dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; done); \
	if [ -n "$$missing" ]; then apt-get update -qq && \
	  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; fi

# The programs as they are installed: optimised, with the Swift library inside.
build: deps
	swift build $(RELEASE) --product heraldd
	swift build $(RELEASE) --product heraldctl

# Three nodes, a client, Services: the story of an address in two minutes, then nothing is left of it.
demo: deps
	swift build $(SWIFT_FLAGS) --product heraldd
	swift build $(SWIFT_FLAGS) --product heraldctl
	swift build $(SWIFT_FLAGS) --product failover-probe
	Deploy/demo/run "$$(swift build $(SWIFT_FLAGS) --show-bin-path)"

test: deps
	swift test $(SWIFT_FLAGS) --no-parallel

# The same API behaviours and daemons against a real kube-apiserver and etcd, which it starts itself:
# KUBEBUILDER_ASSETS names the folder that holds both, as for the ecosystem's other projects.
test-cluster: deps
	@test -x "$(KUBEBUILDER_ASSETS)/kube-apiserver" -a -x "$(KUBEBUILDER_ASSETS)/etcd" || \
	  { echo 'KUBEBUILDER_ASSETS must name a folder with kube-apiserver and etcd'; exit 2; }
	swift test $(SWIFT_FLAGS) --no-parallel --filter 'KubernetesTests|RealClusterTests'

# The simulated world: `make simulate` runs what CI runs, `SEEDS=100000 make simulate` more of it,
# `SEED=n make simulate` tells the story of one seed. A seed that breaks a rule fails it, and is
# printed as the shortest plan that still breaks it.
SEEDS ?= 2000
# Worlds of 100 nodes and 1,000 addresses: 15 s of a core each.
LARGE_SEEDS ?= 20
FAMILY ?= mixes
SIMULATE = $$(swift build $(RELEASE) --show-bin-path)/simulate

simulate:
	swift build $(RELEASE) --product simulate
ifdef SEED
	$(SIMULATE) --family $(FAMILY) --seed $(SEED)
else
	$(SIMULATE) --family starts --seeds 2000
	$(SIMULATE) --family deaths --seeds 500
	$(SIMULATE) --family partitions --seeds 300
	$(SIMULATE) --family handovers --seeds 100
	$(SIMULATE) --family quiet-loss --seeds 2000
	$(SIMULATE) --family wire --seeds 300
	$(SIMULATE) --family conflicts --seeds 300
	$(SIMULATE) --family large --seeds $(LARGE_SEEDS)
	$(SIMULATE) --handle-cost
	$(SIMULATE) --family $(FAMILY) --seeds $(SEEDS)
endif

# The readers of bytes from outside under libFuzzer and AddressSanitizer.
FUZZ_SECONDS ?= 60
FUZZ_TARGETS := PoolFile Hello ARP ND Ping Netlink
fuzz: $(FUZZ_TARGETS:%=fuzz-%)
fuzz-%: deps
	Tests/Fuzz/run $* $(FUZZ_SECONDS)

lint:
	swift format lint --strict --recursive --parallel Sources Tests Benchmarks Package.swift

# What it costs: the main job from a Service to an answer, one ARP reply beside the kernel's own and
# a minimal C responder's, allocation in large pools. Optimised build; needs root.
bench: build
	swift build $(RELEASE) --product benchmark-arp-reply
	swift build $(RELEASE) --product benchmark-allocation
	@bin=$$(swift build $(RELEASE) --show-bin-path) && set -x && \
	Benchmarks/main-job "$$bin" && "$$bin/benchmark-arp-reply" && "$$bin/benchmark-allocation"

# What a leader takes for 5,000 Services, beside the same API calls of a bare client, against the
# kube-apiserver of KUBEBUILDER_ASSETS where that is set, else the embedded API. Needs root.
bench-cluster: build
	swift build $(RELEASE) --product benchmark-cluster
	bin=$$(swift build $(RELEASE) --show-bin-path) && \
	unshare --net sh -c "ip link set lo up && $$bin/benchmark-cluster $$bin/heraldd"

# What a client feels when nodes fail: `make bench-failover` (three quarters of an hour),
# `make bench-failover FAILOVER="--only kill --runs 15 --profile fast"`, FAILOVER=--summary for the
# figures of the README. Beside keepalived where it is installed. Optimised build; needs root.
FAILOVER ?=
bench-failover: build
	swift build $(RELEASE) --product failover-probe
	swift build $(RELEASE) --product hello-flood
	Benchmarks/failover "$$(swift build $(RELEASE) --show-bin-path)" --json .build/failover.json $(FAILOVER)

# Programs, unit, configuration and an empty folder of pools; nothing that is configured is replaced.
install: build
	@bin=$$(swift build $(RELEASE) --show-bin-path) && set -x && \
	install -D -m 0755 --strip "$$bin/heraldd" "$(DESTDIR)/usr/sbin/heraldd" && \
	install -D -m 0755 --strip "$$bin/heraldctl" "$(DESTDIR)/usr/bin/heraldctl" && \
	install -D -m 0644 Systemd/heraldd.service "$(DESTDIR)/usr/lib/systemd/system/heraldd.service" && \
	install -D -m 0644 Pools/reference.yaml "$(DESTDIR)/usr/share/doc/herald/reference.yaml" && \
	install -d -m 0755 "$(DESTDIR)/etc/herald/pools" && \
	if [ ! -e "$(DESTDIR)/etc/herald/herald.yaml" ]; then \
	  install -m 0644 Systemd/herald.yaml "$(DESTDIR)/etc/herald/herald.yaml"; fi

# What is installed: in place, below 40 MB, without ICU, and a unit that systemd accepts.
check-install:
	.ci/check-install
