//! Text from outside, on one line of a log or a terminal: what a client sent, an error, the message of a panic.
//!
//! Whatever shows such a text as plain text does so with this.

use std::borrow::Cow;
use std::fmt;

/// A text whose lines are joined, so that one line of a log stays one line; and without characters that a terminal
/// would obey.
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

/// The text in as many characters, none of which a terminal obeys.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let shown = |character| match character {
        '\n' | '\t' => ' ',
        _ if char::is_control(character) => char::REPLACEMENT_CHARACTER,
        _ => character,
    };
    Cow::Owned(text.chars().map(shown).collect())
}

#[cfg(test)]
mod tests {
    use super::OneLine;

    #[test]
    fn no_text_breaks_a_line_or_orders_a_terminal_about() {
        let panic = "assertion `left == right` failed\n  left: 1\n right: 2\n";
        assert_eq!(OneLine(panic).to_string(), "assertion `left == right` failed; left: 1; right: 2");
        let orders = "a\tb\u{1b}[2Jc\u{9b}2Jd\re\r\n\r\nf";
        assert_eq!(OneLine(orders).to_string(), "a b\u{fffd}[2Jc\u{fffd}2Jd\u{fffd}e; f");
    }
}
