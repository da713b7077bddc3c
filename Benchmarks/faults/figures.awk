# Lines of JSON of Benchmarks/faults/lineup as the table of the README: median (worst) of all runs, in
# milliseconds where nothing else is said.

function row(name, said) { rows[++rowCount] = name; title[name] = said }

function add(name, measure,    value) {
    value = number(measure)
    if (value != "") values[name, speaker] = values[name, speaker] " " value
}

BEGIN {
    speakers[1] = "herald normal"
    speakers[2] = "herald fast"
    speakers[3] = "keepalived 0.1s"
    row("client", "carrier lost, or nothing passes: outage of a client")
    row("kill", "`kill -9` of the daemon: who-has unanswered")
    row("term", "SIGTERM: who-has unanswered")
    row("drain", "drain: who-has unanswered")
    row("rebalance", "rebalance of 9 addresses: who-has unanswered")
    row("roll", "rolling restart: who-has unanswered")
    row("two", "two nodes answer, in all of these but the last")
    row("one", "a link or a partition heals: one owner after")
    row("healed", "the same: outage of a client")
    row("return", "the killed node returns: moves")
    row("many cut", "250 addresses, carrier lost: outage of a client of all")
    row("many kill", "250 addresses, `kill -9`: who-has unanswered")
    row("many term", "250 addresses, SIGTERM: outage of a client of all")
    print "| event | `normal` | `fast` | keepalived, 0.1 s |\n|---|---|---|---|"
}

{
    speaker = text("speaker") " " text("profile")
    fault = text("fault")
    phase = text("phase")
    many = number("addresses") == 250
}

phase == "before" { next }
fault == "steady" && many {
    if (number("corePermille") > share[speaker] + 0) share[speaker] = number("corePermille")
    memory[speaker] = memory[speaker] (memory[speaker] == "" ? "" : ", ") sprintf("%.0f", number("kibibytes") / 1024)
}
fault == "steady" { next }

phase == "fault" && many && fault ~ /^(cut|term)$/ { add("many " fault, "clientOutageMilliseconds") }
phase == "fault" && many && fault == "kill" { add("many kill", "unanswered") }
many { next }

phase == "fault" && fault ~ /^(cut|mute)$/ { add("client", "clientOutageMilliseconds") }
phase == "fault" && fault ~ /^(kill|term|drain|rebalance|roll)$/ { add(fault, "unanswered") }
phase == "fault" && fault ~ /^(cut|mute|kill|term|drain|rebalance)$/ { add("two", "twoAnsweredMilliseconds") }
phase == "healed" { add("one", "twoAnsweredUntilMilliseconds"); add("healed", "clientOutageMilliseconds") }
fault == "return" { add("return", "moves") }

END {
    for (r = 1; r <= rowCount; r++) {
        line = "| " title[rows[r]]
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
