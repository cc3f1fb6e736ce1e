//! What a session shows, beside what the page shows.

use super::normal::normal;
use super::running::{By, Line};

/// The lines without where they come from.
pub(crate) fn texts(lines: &[Line]) -> Vec<String> {
    lines.iter().map(|line| line.text.clone()).collect()
}

/// Returns whether a page differs from what was shown only in what differs from run to run: measured times, and which of
/// stdout and stderr comes first between two commands.
pub(crate) fn is_same(page: &[String], shown: &[Line]) -> bool {
    let mut left: Vec<_> = shown.iter().map(|line| (normal(&line.text), line.by)).collect();
    for line in page {
        let line = normal(line);
        // The next line of each of the two, up to the next command.
        let next = |by| left.iter().take_while(|(_, of)| *of != By::Shell).position(|(_, of)| *of == by);
        let nexts = match left.first() {
            Some((_, By::Shell)) => [Some(0), None],
            _ => [next(By::Stdout), next(By::Stderr)],
        };
        let Some(at) = nexts.into_iter().flatten().find(|at| left[*at].0 == line) else { return false };
        left.remove(at);
    }
    left.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stdout_and_stderr_may_come_in_any_order_between_two_commands() {
        let shown: Vec<_> = [
            ("$ cargo run", By::Shell),
            ("out 1", By::Stdout),
            ("err 1", By::Stderr),
            ("out 2", By::Stdout),
            ("^C", By::Shell),
            ("out 3", By::Stdout),
        ]
        .map(|(text, by)| Line { text: text.to_owned(), by })
        .into();
        let same = |page: &str| is_same(&page.split(", ").map(str::to_owned).collect::<Vec<_>>(), &shown);
        assert!(same("$ cargo run, out 1, err 1, out 2, ^C, out 3"));
        assert!(same("$ cargo run, err 1, out 1, out 2, ^C, out 3"));
        assert!(!same("$ cargo run, err 1, out 2, out 1, ^C, out 3"));
        assert!(!same("$ cargo run, err 1, out 1, ^C, out 2, out 3"));
        assert!(!same("$ cargo run, err 1, out 1, out 2, ^C"));
        assert!(!same("$ cargo run, err 1, out 1, out 2, ^C, out 3, out 4"));
    }
}
