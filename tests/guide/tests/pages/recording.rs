//! A session as a picture in which its lines appear one after the other.

use std::fmt::Write;

use super::terminal;

/// Draws the lines of a session. Where nothing moves, they are all there from the beginning.
pub(crate) fn draw(lines: &[String]) -> String {
    let coloured: Vec<_> = lines.iter().map(|line| coloured(line)).collect();
    let still = terminal::picture(&coloured.join("\n"));
    let (head, body) = still.split_once('\n').expect("a picture has a first line");
    let mut style = String::from(
        "<style>\n@media (prefers-reduced-motion: no-preference) {\ntext { animation: appear 1ms backwards }\n",
    );
    let mut body = body.to_owned();
    let mut seconds = 0.5;
    for (row, line) in lines.iter().enumerate() {
        seconds += pause_before(line);
        let _ = writeln!(style, ".l{row} {{ animation-delay: {seconds:.1}s }}");
        let at = format!(" y=\"{:.1}\"", terminal::baseline(row));
        body = body.replace(&at, &format!(" class=\"l{row}\"{at}"));
    }
    style.push_str("}\n@keyframes appear { from { opacity: 0 } }\n</style>\n");
    format!("{head}\n{style}{body}")
}

/// The colours of a terminal: white for what is typed, red for what is pressed.
fn coloured(line: &str) -> String {
    if let Some(command) = line.strip_prefix("$ ") {
        format!("\x1b[2m$\x1b[0m \x1b[1m{command}\x1b[0m")
    } else if line.starts_with('^') {
        format!("\x1b[1;31m{line}\x1b[0m")
    } else {
        line.to_owned()
    }
}

/// How long a reader looks at what is there before this line comes, in seconds.
fn pause_before(line: &str) -> f64 {
    match line.chars().next() {
        Some('$') => 1.2,
        Some('^') => 1.5,
        _ => 0.3,
    }
}
