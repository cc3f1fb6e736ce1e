//! The style of a text picture: its width, colours and characters.

use std::env;
use std::io::IsTerminal;

use crate::text::printable;

/// The width of a terminal that does not report one.
const USUAL_WIDTH: usize = 80;

/// The style of a text picture: its width, colours and characters.
///
/// ```
/// use service_group::Style;
///
/// let for_people = Style::of(&std::io::stdout()); // what that stream supports
/// let for_a_file = Style::plain(); // no limit of the width, no colour, Unicode
/// let for_a_test = Style::plain().width(80).color(true).ascii(true);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Style {
    width: Option<usize>,
    color: bool,
    ascii: bool,
}

/// The meaning of a colour. A word beside the colour always has the same meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Plain,
    /// Less important.
    Dim,
    /// More important.
    Strong,
    Good,
    /// Forced, or on the slowest path.
    Warning,
    Bad,
}

impl Style {
    /// Returns a style without a limit of the width, without colour, in Unicode: for logs and files.
    #[must_use]
    pub const fn plain() -> Self {
        Self { width: None, color: false, ascii: false }
    }

    /// Returns the style that a stream supports.
    ///
    /// - Width: on a terminal `COLUMNS`, else the width of the terminal (with the feature `console`), else 80. Elsewhere
    ///   there is no limit.
    /// - Colour: on a terminal, unless `NO_COLOR` is set, `CLICOLOR` is `0` or `TERM` is `dumb`. Elsewhere only with
    ///   `CLICOLOR_FORCE`.
    /// - Characters: ASCII if the locale (`LC_ALL`, `LC_CTYPE`, `LANG`) names an encoding other than UTF-8, else Unicode.
    #[must_use]
    pub fn of(stream: &impl IsTerminal) -> Self {
        Self::detect(stream.is_terminal(), &|name| env::var(name).ok(), terminal_width)
    }

    fn detect(
        is_terminal: bool,
        variable: &dyn Fn(&str) -> Option<String>,
        terminal: impl FnOnce() -> Option<usize>,
    ) -> Self {
        let variable = |name| variable(name).filter(|value| !value.is_empty());
        let width = is_terminal.then(|| {
            let columns = variable("COLUMNS").and_then(|columns| columns.trim().parse().ok());
            columns.filter(|&columns| columns > 0).or_else(terminal).unwrap_or(USUAL_WIDTH)
        });
        let is_set = |name, off| variable(name).is_some_and(|value| value != off);
        let can = is_terminal
            && variable("TERM").as_deref() != Some("dumb")
            && variable("CLICOLOR").as_deref() != Some("0");
        let color = variable("NO_COLOR").is_none() && (can || is_set("CLICOLOR_FORCE", "0"));
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(variable);
        Self { width, color, ascii: locale.is_some_and(|locale| !is_utf8(&locale)) }
    }

    /// Sets the width in columns. A picture that cannot be that narrow is as narrow as possible.
    #[must_use]
    pub const fn width(self, columns: usize) -> Self {
        Self { width: Some(columns), ..self }
    }

    /// Sets whether there are colours: the sixteen that every terminal has.
    #[must_use]
    pub const fn color(self, color: bool) -> Self {
        Self { color, ..self }
    }

    /// Sets whether all characters are ASCII.
    #[must_use]
    pub const fn ascii(self, ascii: bool) -> Self {
        Self { ascii, ..self }
    }

    pub(crate) const fn columns(self) -> Option<usize> {
        self.width
    }

    /// Returns a text in the colour of its meaning, without control characters, which could rewrite the terminal.
    pub(crate) fn paint(self, tone: Tone, text: &str) -> String {
        let text = printable(text);
        let text = if self.ascii { to_ascii(&text) } else { text.into_owned() };
        let code = match tone {
            Tone::Plain => return text,
            _ if !self.color || text.trim().is_empty() => return text,
            Tone::Dim => "2",
            Tone::Strong => "1",
            Tone::Good => "32",
            Tone::Warning => "33",
            Tone::Bad => "1;31",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

fn is_utf8(locale: &str) -> bool {
    let locale = locale.to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

#[cfg(feature = "console")]
fn terminal_width() -> Option<usize> {
    let terminals = [console::Term::stderr(), console::Term::stdout()];
    terminals.iter().find_map(console::Term::size_checked).map(|(_, columns)| usize::from(columns))
}

#[cfg(not(feature = "console"))]
fn terminal_width() -> Option<usize> {
    None
}

/// Returns the text in ASCII, in as many columns. A character without a similar one becomes a question mark.
fn to_ascii(text: &str) -> String {
    let similar = |character| match character {
        '▒' => '=',
        '█' => '#',
        '░' | '·' => '.',
        '├' | '┤' | '┼' => '+',
        '─' => '-',
        '│' => '|',
        'µ' => 'u',
        '…' => '~',
        '→' => '>',
        _ if character.is_ascii() => character,
        _ => '?',
    };
    text.chars().map(similar).collect()
}

#[cfg(test)]
mod tests {
    use super::{Style, Tone};

    fn detect(is_terminal: bool, variables: &[(&str, &str)]) -> Style {
        let value = |name: &str| {
            variables.iter().find(|variable| variable.0 == name).map(|variable| variable.1.to_owned())
        };
        Style::detect(is_terminal, &value, || Some(132))
    }

    #[test]
    fn colour_is_for_terminals_that_want_it() {
        for (is_terminal, variables, color) in [
            (true, &[][..], true),
            (false, &[], false),
            (true, &[("NO_COLOR", "1")], false),
            (true, &[("NO_COLOR", "")], true),
            (true, &[("TERM", "dumb")], false),
            (true, &[("TERM", "xterm-256color")], true),
            (true, &[("CLICOLOR", "0")], false),
            (false, &[("CLICOLOR_FORCE", "1")], true),
            (false, &[("CLICOLOR_FORCE", "0")], false),
            (true, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
        ] {
            assert_eq!(detect(is_terminal, variables).color, color, "{is_terminal} {variables:?}");
        }
    }

    #[test]
    fn the_width_is_that_of_the_terminal() {
        assert_eq!(detect(true, &[]).width, Some(132));
        assert_eq!(detect(true, &[("COLUMNS", "60")]).width, Some(60));
        assert_eq!(detect(true, &[("COLUMNS", "nonsense")]).width, Some(132));
        assert_eq!(detect(false, &[("COLUMNS", "60")]).width, None);
        assert_eq!(Style::detect(true, &|_| None, || None).width, Some(80));
    }

    #[test]
    fn another_encoding_than_utf_8_gets_ascii() {
        for (variables, ascii) in [
            (&[][..], false),
            (&[("LANG", "en_US.UTF-8")], false),
            (&[("LANG", "de_DE.utf8")], false),
            (&[("LANG", "C")], true),
            (&[("LC_ALL", "POSIX"), ("LANG", "en_US.UTF-8")], true),
            (&[("LC_ALL", ""), ("LC_CTYPE", "C.UTF-8"), ("LANG", "C")], false),
            (&[("LANG", "de_DE.ISO-8859-1")], true),
        ] {
            assert_eq!(detect(true, variables).ascii, ascii, "{variables:?}");
        }
    }

    #[test]
    fn what_is_drawn_orders_no_terminal_about() {
        assert_eq!(Style::plain().paint(Tone::Plain, "a\nb\u{1b}[2J\u{9b}"), "a b\u{fffd}[2J\u{fffd}");
        let red = Style::plain().color(true).ascii(true).paint(Tone::Bad, "\u{1b}c");
        assert_eq!(red, "\u{1b}[1;31m?c\u{1b}[0m");
    }
}
