# Lines of JSON of Benchmarks/faults/lineup as the table of the README: median (worst) of all runs, in
# milliseconds where nothing else is said.

function add(row, measure,    value) {
    value = number(measure)
    if (value == "") return
    values[row, speaker] = values[row, speaker] " " value
    if (!(row in known)) { known[row]; rows[++rowCount] = row }
}

BEGIN {
    speakers[1] = "herald normal"
    speakers[2] = "herald fast"
    speakers[3] = "keepalived 0.1s"
    print "| event | `normal` | `fast` | keepalived, 0.1 s |\n|---|---|---|---|"
}

{
    speaker = text("speaker") " " text("profile")
    fault = text("fault")
    phase = text("phase")
    many = number("addresses") > 1
}

fault == "steady" && many {
    share[speaker] = number("corePermille") > share[speaker] ? number("corePermille") : share[speaker]
    memory[speaker] = memory[speaker] (memory[speaker] == "" ? "" : ", ") sprintf("%.0f", number("kibibytes") / 1024)
    next
}
phase == "before" { next }

fault == "rebalance" && phase == "fault" {
    add("rebalance of 9 addresses: who-has unanswered", "unanswered")
    add("two nodes answer, outside a partition", "twoAnsweredMilliseconds")
    next
}
many && phase == "fault" {
    if (fault == "cut") add("250 addresses, cut: outage of a client of all", "clientOutageMilliseconds")
    if (fault == "kill") add("250 addresses, `kill -9`: who-has unanswered", "unanswered")
    if (fault == "term") add("250 addresses, SIGTERM: outage of a client of all", "clientOutageMilliseconds")
}
many { next }

phase == "fault" && fault ~ /^(cut|mute)$/ { add("carrier lost, or nothing passes: outage of a client", "clientOutageMilliseconds") }
phase == "fault" && fault == "kill" { add("`kill -9` of the daemon: who-has unanswered, one each ms", "unanswered") }
phase == "fault" && fault == "term" { add("SIGTERM: who-has unanswered", "unanswered") }
phase == "fault" && fault == "drain" { add("drain: who-has unanswered", "unanswered") }
phase == "fault" && fault == "roll" { add("rolling restart: who-has unanswered", "unanswered") }
phase == "fault" && fault ~ /^(cut|mute|kill|term|drain|return|roll)$/ { add("two nodes answer, outside a partition", "twoAnsweredMilliseconds") }
phase == "healed" { add("a link or a partition heals: two nodes answer for", "twoAnsweredUntilMilliseconds"); add("the same: outage of a client", "clientOutageMilliseconds") }
fault == "return" { add("the killed node returns: moves", "moves") }

END {
    for (r = 1; r <= rowCount; r++) {
        line = "| " rows[r]
        for (s = 1; s <= 3; s++) line = line " | " summary(values[rows[r], speakers[s]])
        print line " |"
    }
    line = "| 250 addresses, nothing happens: share of a core at most"
    for (s = 1; s <= 3; s++) line = line " | " sprintf("%.1f %%", share[speakers[s]] / 10)
    print line " |"
    line = "| the same: resident memory of each node, MiB"
    for (s = 1; s <= 3; s++) line = line " | " memory[speakers[s]]
    print line " |"
}
