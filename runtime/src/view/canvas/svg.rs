//! SVG made by hand: one file with its own colours for light and dark, no script, nothing loaded.
//!
//! All text that is drawn is escaped here, and nowhere else.

use std::fmt::{Display, Write};

/// How wide a character of the font is, in pixels: it is a monospaced one, so that text has a known width.
pub(crate) const CHARACTER: f64 = 7.3;

/// Each class: the property that it sets, in light and in dark.
const COLORS: &[(&str, &str, &str, &str)] = &[
    ("back", "fill", "#ffffff", "#0d1117"),
    ("ink", "fill", "#1f2328", "#e6edf3"),
    ("dim", "fill", "#59636e", "#9aa4af"),
    ("halo", "stroke", "#ffffff", "#0d1117"),
    ("grid", "stroke", "#d8dee4", "#30363d"),
    ("band", "fill", "#eef1f4", "#1b222b"),
    ("window", "fill", "#a9d1f2", "#1f5484"),
    ("slow", "fill", "#ffc46b", "#8f5d00"),
    ("slack", "fill", "#dcebf8", "#142a3f"),
    ("box", "fill", "#f6f8fa", "#161b22"),
    ("box", "stroke", "#8c959f", "#6e7681"),
    ("slowbox", "fill", "#fff1d6", "#3a2a08"),
    ("slowbox", "stroke", "#b35900", "#f0a040"),
    ("edge", "stroke", "#8c959f", "#6e7681"),
    ("head", "fill", "#8c959f", "#6e7681"),
    ("slowedge", "stroke", "#b35900", "#f0a040"),
    ("slowhead", "fill", "#b35900", "#f0a040"),
    ("budget", "stroke", "#b42318", "#ff7b72"),
    ("over", "fill", "#b42318", "#ff7b72"),
    ("good", "fill", "#12805c", "#3fb68b"),
    ("warning", "fill", "#b35900", "#f0a040"),
    ("bad", "fill", "#b42318", "#ff7b72"),
];

/// What does not depend on light and dark.
const SHAPES: &str = "text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace}\
     .title{font-size:14px;font-weight:700}.strong{font-weight:700}.small{font-size:11px}.end{text-anchor:end}\
     .middle{text-anchor:middle}.grid{stroke-width:1}.edge,.slowedge{fill:none;stroke-width:1.3}\
     .slowedge{stroke-width:2.2}.faint{opacity:.45}.halo{stroke-width:3px;paint-order:stroke;stroke-linejoin:round}\
     .loose{stroke-dasharray:4 3}.budget{stroke-width:2}.box{stroke-width:1.2}\
     .slowbox{stroke-width:2.2}";

/// A picture under way.
#[derive(Debug)]
pub(crate) struct Svg {
    text: String,
}

impl Svg {
    /// An empty picture with its own background, which a screen reader knows by its title.
    pub(crate) fn new(width: f64, height: f64, title: &str) -> Self {
        let (width, height) = (n(width.ceil()), n(height.ceil()));
        let mut text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" role=\"img\">\n<title>{}</title>\n<style>{}</style>\n",
            escape(title),
            style()
        );
        let _ = writeln!(text, "<rect class=\"back\" width=\"{width}\" height=\"{height}\" rx=\"6\"/>");
        Self { text }
    }

    pub(crate) fn rect(&mut self, class: &str, [x, y, width, height]: [f64; 4], round: f64) {
        let [x, y, width, height, round] = [x, y, width, height, round].map(n);
        let _ = writeln!(
            self.text,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"{round}\"/>"
        );
    }

    pub(crate) fn line(&mut self, class: &str, [x1, y1, x2, y2]: [f64; 4]) {
        let [x1, y1, x2, y2] = [x1, y1, x2, y2].map(n);
        let _ =
            writeln!(self.text, "<line class=\"{class}\" x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\"/>");
    }

    pub(crate) fn path(&mut self, class: &str, path: &str) {
        let _ = writeln!(self.text, "<path class=\"{class}\" d=\"{path}\"/>");
    }

    /// The head of an arrow that comes from the left, with its point here.
    pub(crate) fn head(&mut self, class: &str, x: f64, y: f64) {
        let path = format!("M{} {}L{} {}L{0} {}Z", n(x - 7.0), n(y - 3.5), n(x), n(y), n(y + 3.5));
        self.path(class, &path);
    }

    /// Text whose base line begins here, or ends or is centred here where the class says so.
    pub(crate) fn text(&mut self, class: &str, x: f64, y: f64, text: &str) {
        let _ = writeln!(
            self.text,
            "<text class=\"{class}\" x=\"{}\" y=\"{}\" xml:space=\"preserve\">{}</text>",
            n(x),
            n(y),
            escape(text)
        );
    }

    /// Moves what follows, until [`close`](Self::close).
    pub(crate) fn open(&mut self, x: f64, y: f64) {
        let _ = writeln!(self.text, "<g transform=\"translate({} {})\">", n(x), n(y));
    }

    pub(crate) fn close(&mut self) {
        self.text.push_str("</g>\n");
    }

    pub(crate) fn finish(mut self) -> String {
        self.text.push_str("</svg>\n");
        self.text
    }
}

/// A coordinate with as many digits as can be seen.
pub(crate) fn n(number: f64) -> impl Display {
    // Not `-0`.
    (number * 10.0).round() / 10.0 + 0.0
}

/// How wide a text is drawn.
pub(crate) fn text_width(text: &str) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a text that is drawn is short")]
    let count = text.chars().count() as f64;
    count * CHARACTER
}

/// Text as XML has it, without what XML cannot have.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(' '),
            _ if character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}') => {
                escaped.push('\u{fffd}');
            }
            _ => escaped.push(character),
        }
    }
    escaped
}

/// The colours, those of light first: a viewer that knows nothing of dark shows them.
fn style() -> String {
    let rules = |dark: bool| {
        let rule = |(class, property, light, night): &(&str, &str, &str, &str)| {
            format!(".{class}{{{property}:{}}}", if dark { night } else { light })
        };
        COLORS.iter().map(rule).collect::<String>()
    };
    format!("{SHAPES}{}@media(prefers-color-scheme:dark){{{}}}", rules(false), rules(true))
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn text_cannot_break_out_of_its_element() {
        assert_eq!(escape("GET /a?b=<1>&c=\"'\n\u{1b}"), "GET /a?b=&lt;1&gt;&amp;c=&quot;&#39; \u{fffd}");
    }
}
