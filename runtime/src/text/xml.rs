//! Text in XML and HTML, with its special characters escaped.

use std::fmt::{self, Display, Write};

/// Displays a value as text of an element or of an attribute in XML and HTML.
///
/// Line breaks and tabs become spaces. Characters that XML does not allow become U+FFFD.
///
/// ```
/// use service_group::text::XmlText;
///
/// assert_eq!(XmlText("GET /a?b=<1>").to_string(), "GET /a?b=&lt;1&gt;");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct XmlText<T>(pub T);

impl<T: Display> Display for XmlText<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escaper(f), "{}", self.0)
    }
}

struct Escaper<'a, 'b>(&'a mut fmt::Formatter<'b>);

impl Write for Escaper<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|character| match character {
            '&' => self.0.write_str("&amp;"),
            '<' => self.0.write_str("&lt;"),
            '>' => self.0.write_str("&gt;"),
            '"' => self.0.write_str("&quot;"),
            '\'' => self.0.write_str("&#39;"),
            '\n' | '\t' => self.0.write_char(' '),
            _ if character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}') => {
                self.0.write_char(char::REPLACEMENT_CHARACTER)
            }
            _ => self.0.write_char(character),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::XmlText;

    #[test]
    fn text_cannot_break_out_of_its_element_or_attribute() {
        let text = XmlText("GET /a?b=<1>&c=\"'\n\u{1b}").to_string();
        assert_eq!(text, "GET /a?b=&lt;1&gt;&amp;c=&quot;&#39; \u{fffd}");
    }
}
