//! Draws terminal output with its colours as SVG.

use std::fmt::Write;

/// The width and the height of a character, in pixels.
const CHARACTER: (f64, f64) = (7.8, 17.0);
/// The space around the text, in pixels.
const MARGIN: f64 = 14.0;

/// The SVG attributes of a colour, by the code in its escape sequence.
const COLORS: [(&str, &str); 5] = [
    ("1", "font-weight=\"700\" fill=\"#ffffff\""),
    ("2", "fill=\"#8b949e\""),
    ("32", "fill=\"#56d364\""),
    ("33", "fill=\"#e3b341\""),
    ("1;31", "font-weight=\"700\" fill=\"#ff7b72\""),
];

/// Draws a terminal that shows this text.
pub(crate) fn picture(text: &str) -> String {
    let lines: Vec<_> = text.lines().collect();
    let columns = lines.iter().map(|line| count(&plain(line))).fold(0.0, f64::max);
    let rows = lines.iter().map(|_| 1.0).sum::<f64>();
    let (width, height) =
        ((columns * CHARACTER.0 + 2.0 * MARGIN).ceil(), (rows * CHARACTER.1 + 2.0 * MARGIN).ceil());
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"#0d1117\"/>\n\
         <g font-family=\"ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace\" font-size=\"13\" \
         fill=\"#d0d7de\">\n"
    );
    for (row, line) in lines.into_iter().enumerate() {
        let y = baseline(row);
        for (color, column, word) in words(line) {
            let (x, long) = (MARGIN + column * CHARACTER.0, count(word) * CHARACTER.0);
            // A fixed length keeps the columns aligned in any font.
            let _ = writeln!(
                svg,
                "<text x=\"{x:.1}\" y=\"{y:.1}\" textLength=\"{long:.1}\" lengthAdjust=\"spacingAndGlyphs\" {color}>{}</text>",
                escape(word)
            );
        }
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}

/// The height at which the text of a row stands, from 0.
pub(crate) fn baseline(row: usize) -> f64 {
    let row = u32::try_from(row).unwrap_or(u32::MAX);
    MARGIN + (f64::from(row) + 1.0) * CHARACTER.1 - 4.0
}

/// The words of a line, each with its colour and its column.
fn words(line: &str) -> Vec<(&'static str, f64, &str)> {
    let (mut words, mut column) = (Vec::new(), 0.0);
    for (color, piece) in pieces(line) {
        for word in piece.split(' ') {
            if !word.is_empty() {
                words.push((color, column, word));
            }
            column += count(word) + 1.0;
        }
        // The last word of a piece is not followed by a space.
        column -= 1.0;
    }
    words
}

fn count(text: &str) -> f64 {
    f64::from(u32::try_from(text.chars().count()).unwrap_or(u32::MAX))
}

/// The parts of a line between two escape sequences, each with its colour.
fn pieces(line: &str) -> Vec<(&'static str, &str)> {
    let mut pieces = Vec::new();
    let mut color = "";
    for (at, piece) in line.split("\x1b[").enumerate() {
        let piece = match piece.split_once('m') {
            Some((code, rest)) if at > 0 => {
                color = COLORS.iter().find(|known| known.0 == code).map_or("", |known| known.1);
                rest
            }
            _ => piece,
        };
        pieces.push((color, piece));
    }
    pieces
}

fn plain(line: &str) -> String {
    pieces(line).into_iter().map(|(_, piece)| piece).collect()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
