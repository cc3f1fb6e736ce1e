//! Foreign text on one line of a log or a terminal: a request, an error, the message of a panic.
//!
//! Every place that prints such text uses it, since control characters could rewrite the terminal.

use std::borrow::Cow;
use std::fmt;

/// Displays a text on one line, without control characters.
///
/// Lines are joined by `; `. Tabs become spaces, and other control characters become U+FFFD, so that the text cannot
/// control a terminal.
///
/// ```
/// use service_group::text::OneLine;
///
/// assert_eq!(OneLine("left: 1\n right: 2\n").to_string(), "left: 1; right: 2");
/// ```
#[derive(Debug)]
pub struct OneLine<'a>(pub &'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, line) in self.0.lines().map(str::trim).filter(|line| !line.is_empty()).enumerate() {
            write!(f, "{}{}", if index == 0 { "" } else { "; " }, printable(line))?;
        }
        Ok(())
    }
}

/// Returns the text with its control characters replaced one by one, so that its width stays the same.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let replacement = |character| match character {
        '\n' | '\t' => ' ',
        _ if char::is_control(character) => char::REPLACEMENT_CHARACTER,
        _ => character,
    };
    Cow::Owned(text.chars().map(replacement).collect())
}

#[cfg(test)]
mod tests {
    use super::OneLine;

    #[test]
    fn text_neither_breaks_a_line_nor_controls_a_terminal() {
        let panic = "assertion `left == right` failed\n  left: 1\n right: 2\n";
        assert_eq!(OneLine(panic).to_string(), "assertion `left == right` failed; left: 1; right: 2");
        let escapes = "a\tb\u{1b}[2Jc\u{9b}2Jd\re\r\n\r\nf";
        assert_eq!(OneLine(escapes).to_string(), "a b\u{fffd}[2Jc\u{fffd}2Jd\u{fffd}e; f");
    }
}
