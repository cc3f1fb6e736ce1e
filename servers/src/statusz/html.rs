//! Text on its way into HTML.

use std::fmt::{self, Display, Write};

/// Shows a value as text in HTML, in an attribute too.
pub(super) struct Text<T>(pub(super) T);

impl<T: Display> Display for Text<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escape(f), "{}", self.0)
    }
}

/// Shows a sentence whose names are in backticks.
pub(super) struct Prose(pub(super) String);

impl Display for Prose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.split('`').enumerate().try_for_each(|(place, text)| match place % 2 {
            0 => write!(f, "{}", Text(text)),
            _ => write!(f, "<b>{}</b>", Text(text)),
        })
    }
}

struct Escape<'a, 'b>(&'a mut fmt::Formatter<'b>);

impl Write for Escape<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|letter| match letter {
            '&' => self.0.write_str("&amp;"),
            '<' => self.0.write_str("&lt;"),
            '>' => self.0.write_str("&gt;"),
            '"' => self.0.write_str("&quot;"),
            '\'' => self.0.write_str("&#39;"),
            letter => self.0.write_char(letter),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Prose, Text};

    #[test]
    fn nothing_of_it_is_html() {
        let text = Text(r#"<a b="c" d='e'>&amp; ü"#).to_string();
        assert_eq!(text, "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;amp; ü");
    }

    #[test]
    fn names_stand_out_and_whatever_comes_is_closed() {
        let prose = Prose("`a<b>` waits for `c".to_owned()).to_string();
        assert_eq!(prose, "<b>a&lt;b&gt;</b> waits for <b>c</b>");
    }
}
