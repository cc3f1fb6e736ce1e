//! A writer of SVG: one file with colours for light and dark, without scripts and without anything to load.
//!
//! It escapes all text that is drawn.

use std::fmt::{Display, Write};

use crate::text::XmlText;

/// The width of a character in pixels. The font is monospaced, so that the width of a text is known.
const CHARACTER: f64 = 7.3;

/// Each class with the property that it sets, and its colours in light and in dark.
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

/// The rules that do not depend on light and dark.
const SHAPES: &str = "text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace}\
     .title{font-size:14px;font-weight:700}.strong{font-weight:700}.small{font-size:11px}.end{text-anchor:end}\
     .middle{text-anchor:middle}.grid{stroke-width:1}.edge,.slowedge{fill:none;stroke-width:1.3}\
     .slowedge{stroke-width:2.2}.faint{opacity:.45}.halo{stroke-width:3px;paint-order:stroke;stroke-linejoin:round}\
     .loose{stroke-dasharray:4 3}.budget{stroke-width:2}.box{stroke-width:1.2}\
     .slowbox{stroke-width:2.2}";

/// A picture that is being written.
#[derive(Debug)]
pub(crate) struct Svg {
    text: String,
}

impl Svg {
    /// Returns an empty picture with its own background. Screen readers read its title.
    pub(crate) fn new(width: f64, height: f64, title: &str) -> Self {
        let (width, height) = (coordinate(width.ceil()), coordinate(height.ceil()));
        let mut text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" role=\"img\">\n<title>{}</title>\n<style>{}</style>\n",
            XmlText(title),
            style()
        );
        let _ = writeln!(text, "<rect class=\"back\" width=\"{width}\" height=\"{height}\" rx=\"6\"/>");
        Self { text }
    }

    pub(crate) fn rect(&mut self, class: &str, [x, y, width, height]: [f64; 4], round: f64) {
        let [x, y, width, height, round] = [x, y, width, height, round].map(coordinate);
        let _ = writeln!(
            self.text,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"{round}\"/>"
        );
    }

    pub(crate) fn line(&mut self, class: &str, [x1, y1, x2, y2]: [f64; 4]) {
        let [x1, y1, x2, y2] = [x1, y1, x2, y2].map(coordinate);
        let _ =
            writeln!(self.text, "<line class=\"{class}\" x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\"/>");
    }

    pub(crate) fn path(&mut self, class: &str, path: &str) {
        let _ = writeln!(self.text, "<path class=\"{class}\" d=\"{path}\"/>");
    }

    /// Draws the head of an arrow that comes from the left, with its tip at this point.
    pub(crate) fn head(&mut self, class: &str, x: f64, y: f64) {
        self.path(class, &head_path(x, y));
    }

    /// Draws text whose base line starts at this point. The classes `end` and `middle` end or centre it there.
    pub(crate) fn text(&mut self, class: &str, x: f64, y: f64, text: &str) {
        let _ = writeln!(
            self.text,
            "<text class=\"{class}\" x=\"{}\" y=\"{}\" xml:space=\"preserve\">{}</text>",
            coordinate(x),
            coordinate(y),
            XmlText(text)
        );
    }

    /// Moves everything that is drawn until [`close`](Self::close).
    pub(crate) fn open(&mut self, x: f64, y: f64) {
        let _ = writeln!(self.text, "<g transform=\"translate({} {})\">", coordinate(x), coordinate(y));
    }

    pub(crate) fn close(&mut self) {
        self.text.push_str("</g>\n");
    }

    pub(crate) fn finish(mut self) -> String {
        self.text.push_str("</svg>\n");
        self.text
    }
}

/// Returns the filled head of an arrow that comes from the left, as the `d` of a path.
pub(crate) fn head_path(x: f64, y: f64) -> String {
    let [left, top, x, y, bottom] = [x - 7.0, y - 3.5, x, y, y + 3.5].map(coordinate);
    format!("M{left} {top}L{x} {y}L{left} {bottom}Z")
}

/// Returns a coordinate as text, rounded to a tenth of a pixel. Finer steps cannot be seen.
pub(crate) fn coordinate(pixels: f64) -> impl Display {
    // Adding zero turns `-0` into `0`.
    (pixels * 10.0).round() / 10.0 + 0.0
}

/// Returns the width of a text in pixels.
pub(crate) fn text_width(text: &str) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a text that is drawn is short")]
    let count = text.chars().count() as f64;
    count * CHARACTER
}

/// Returns the style sheet. The light colours come first, since viewers without a dark mode use them.
fn style() -> String {
    let rules = |dark: bool| {
        let rule = |(class, property, light, night): &(&str, &str, &str, &str)| {
            format!(".{class}{{{property}:{}}}", if dark { night } else { light })
        };
        COLORS.iter().map(rule).collect::<String>()
    };
    format!("{SHAPES}{}@media(prefers-color-scheme:dark){{{}}}", rules(false), rules(true))
}
