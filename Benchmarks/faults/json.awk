# Fields of one line of JSON without nesting, and what is said of several values.

function text(name) {
    return match($0, "\"" name "\":\"[^\"]*\"") ? substr($0, RSTART + length(name) + 4, RLENGTH - length(name) - 5) : ""
}

function number(name) {
    return match($0, "\"" name "\":[0-9.]+") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3) : ""
}

# "median (worst)" of the numbers in a text.
function summary(list,    count, i, j, v, t) {
    count = split(list, v, " ")
    if (!count) return "-"
    for (i = 2; i <= count; i++)
        for (j = i; j > 1 && v[j - 1] + 0 > v[j] + 0; j--) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t }
    return sprintf("%.0f (%.0f)", v[int((count + 1) / 2)], v[count])
}
