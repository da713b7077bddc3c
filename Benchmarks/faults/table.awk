# Lines of JSON of Benchmarks/faults/lineup as tables: for each line-up and measure a line for each
# fault, a column for each speaker; median (worst) of all runs.

BEGIN {
    label["cut fault"] = "carrier lost"
    label["cut healed"] = "  and back"
    label["mute fault"] = "mute: carrier stays"
    label["mute healed"] = "  and back"
    label["kill fault"] = "kill -9 of the daemon"
    label["term fault"] = "SIGTERM"
    label["partition3 fault"] = "partition, 3.4 s"
    label["partition3 healed"] = "  healed"
    label["partition8 fault"] = "partition, 8.4 s"
    label["partition8 healed"] = "  healed"
    label["freeze fault"] = "SIGSTOP, 2 s"
    label["freeze woken"] = "  woken"
    label["drain fault"] = "drain"
    label["drain undrained"] = "  undrain"
    label["rebalance fault"] = "rebalance"
    label["return fault"] = "killed node returns"
    label["oneway fault"] = "not heard by nodes, 3.4 s"
    label["oneway healed"] = "  healed"
    label["loss lossy"] = "20 % loss, 3 s"
    label["loss fault"] = "  and carrier lost"
    label["loss healed"] = "  all well again"
    label["api fault"] = "kill -9, the API dead"
    label["leader fault"] = "kill -9 of the leader"
    label["start fault"] = "all started at once"
    label["roll fault"] = "rolling restart"
    measures[++measured] = "clientOutageMilliseconds"
    title["clientOutageMilliseconds"] = "outage of a client with a neighbour cache, ms"
    measures[++measured] = "unanswered"
    title["unanswered"] = "who-has unanswered, of requests 1 ms apart"
    measures[++measured] = "twoAnsweredMilliseconds"
    title["twoAnsweredMilliseconds"] = "two nodes answer, ms"
    measures[++measured] = "firstAnnouncementMilliseconds"
    title["firstAnnouncementMilliseconds"] = "first announcement by another node, ms after"
    measures[++measured] = "moves"
    title["moves"] = "moves seen"
    measures[++measured] = "allocationMilliseconds"
    title["allocationMilliseconds"] = "a new Service has its address, ms after"
}

text("phase") != "before" {
    size = number("nodes") " nodes, " number("addresses") (number("addresses") == 1 ? " address" : " addresses")
    if (text("family") ~ /6/) size = size ", " text("family")
    speaker = text("speaker") " " text("profile")
    if (!(size in sizes)) { sizes[size]; sizeOrder[++sizeCount] = size }
    if (!((size, speaker) in speakers)) { speakers[size, speaker]; speakerOrder[size, ++speakerCount[size]] = speaker }
    if (text("fault") == "steady") {
        steady[size, speaker] = steady[size, speaker] sprintf("%s %.1f %% %.1f MiB  ", text("node"), number("corePermille") / 10, number("kibibytes") / 1024)
        next
    }
    row = text("fault") " " text("phase")
    if (!((size, row) in rows)) { rows[size, row]; rowOrder[size, ++rowCount[size]] = row }
    key = size SUBSEP speaker SUBSEP row
    for (m = 1; m <= measured; m++) {
        value = number(measures[m])
        if (value != "") { values[key, measures[m]] = values[key, measures[m]] " " value; seen[size, measures[m]] = 1 }
    }
    if (number("run") + 0 > runs[size, row] + 0) runs[size, row] = number("run")
    if (number("longestSpacingMilliseconds") + 0 > late + 0) late = number("longestSpacingMilliseconds")
}

END {
    for (s = 1; s <= sizeCount; s++) {
        size = sizeOrder[s]
        for (m = 1; m <= measured; m++) {
            if (!((size, measures[m]) in seen)) continue
            printf "\n%s: %s; median (worst)\n%-27s %4s", size, title[measures[m]], "", "runs"
            for (p = 1; p <= speakerCount[size]; p++) printf " %16s", speakerOrder[size, p]
            printf "\n"
            for (r = 1; r <= rowCount[size]; r++) {
                row = rowOrder[size, r]
                line = ""
                for (p = 1; p <= speakerCount[size]; p++) line = line sprintf(" %16s", summary(values[size, speakerOrder[size, p], row, measures[m]]))
                if (line ~ /[0-9]/) printf "%-27s %4s%s\n", label[row], runs[size, row], line
            }
        }
        for (p = 1; p <= speakerCount[size]; p++)
            if ((size, speakerOrder[size, p]) in steady) printf "\n%s, steady state, %s: share of a core, resident memory\n  %s\n", size, speakerOrder[size, p], steady[size, speakerOrder[size, p]]
    }
    printf "\nThe probe itself was at most %.1f ms late.\n", late
}
