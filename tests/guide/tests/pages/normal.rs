//! What differs from run to run in the output of a program.

/// A word after which a duration is measured and not chosen. What a window has been given grows by the time in which the
/// process did not run.
const MEASURED_AFTER: [&str; 6] = ["in", "at", "took", "of", "after", "path"];

/// Returns the line with `T` in place of what was measured. Spaces of such a line do not count, since they align columns.
pub(crate) fn normal(line: &str) -> String {
    let words: Vec<_> =
        line.split_whitespace().map(|word| if is_timestamp(word) { "T" } else { word }).collect();
    let mut changed = words.contains(&"T");
    let mut kept: Vec<&str> = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let (number, unit) = (words[at], words.get(at + 1).copied().unwrap_or_default());
        let before = kept.last().copied().unwrap_or_default();
        let is_measured = MEASURED_AFTER.contains(&before)
            || before.starts_with('`')
            || before.starts_with(['█', '░', '·'])
            || words.get(at + 2).is_some_and(|after| after.starts_with("old"));
        if is_number(number) && is_unit(unit) && is_measured {
            kept.push(if unit.ends_with([',', ';', ':']) { "T," } else { "T" });
            changed = true;
            at += 2;
        } else if words[at].starts_with(['█', '░']) {
            // A bar is as long as what it measures.
            kept.push("█");
            changed = true;
            at += 1;
        } else {
            kept.push(words[at]);
            at += 1;
        }
    }
    if changed { kept.join(" ") } else { line.trim_end().to_owned() }
}

fn is_number(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit()) && word.chars().all(|c| c.is_ascii_digit() || c == '.')
}

fn is_unit(word: &str) -> bool {
    ["ns", "µs", "ms", "s"].contains(&word.trim_end_matches([',', ';', ':']))
}

/// `2026-11-28T23:02:11.123456Z`, as logs have it.
fn is_timestamp(word: &str) -> bool {
    word.len() >= 20 && word.ends_with('Z') && word.as_bytes()[4] == b'-' && word.as_bytes()[10] == b'T'
}

#[cfg(test)]
mod tests {
    use super::normal;

    #[test]
    fn measured_times_are_free_and_chosen_ones_are_not() {
        for (one, other) in [
            ("`App` stopped in 4.31 s of 25 s on SIGTERM", "`App` stopped in 12 ms of 25.1 s on SIGTERM"),
            ("  web  at   187 µs  took    41 µs of 2 s", "  web  at  1.20 ms  took 41 ms of 2 s"),
            ("1 cut: GET /orders/7, 4.20 s old", "1 cut: GET /orders/7, 19 ms old"),
            ("2026-11-28T23:02:11.123456Z  INFO a", "2026-01-01T00:00:00.000000Z  INFO a"),
            ("  web  ████████  33.4 ms  started", "  web  ███  1.2 ms  started"),
        ] {
            assert_eq!(normal(one), normal(other));
        }
        for (one, other) in [
            ("`App` stops within 20 s", "`App` stops within 25 s"),
            ("   web  ▒▒▒▒  6 s  after rpc", "   web  ▒▒▒▒  5 s  after rpc"),
            ("3 answered", "4 answered"),
        ] {
            assert_ne!(normal(one), normal(other));
        }
    }
}
