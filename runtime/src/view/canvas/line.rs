//! A builder of one line of a text picture, from pieces with colours.

use super::{Style, Tone};

/// A line that is being built. Its width does not count the codes of colours.
#[derive(Debug)]
pub(crate) struct Line {
    style: Style,
    text: String,
    width: usize,
}

impl Line {
    pub(crate) fn new(style: Style) -> Self {
        Self { style, text: String::new(), width: 0 }
    }

    pub(crate) fn push(mut self, tone: Tone, text: &str) -> Self {
        self.width += text.chars().count();
        self.text.push_str(&self.style.paint(tone, text));
        self
    }

    /// Appends a piece, aligned to the left of a column of this width, and cut to it.
    pub(crate) fn left(self, tone: Tone, text: &str, width: usize) -> Self {
        let text = cut(text, width);
        let pad = width - text.chars().count();
        self.push(tone, &text).push(Tone::Plain, &" ".repeat(pad))
    }

    /// Appends a piece, aligned to the right of a column of this width.
    pub(crate) fn right(self, tone: Tone, text: &str, width: usize) -> Self {
        let pad = width.saturating_sub(text.chars().count());
        self.push(Tone::Plain, &" ".repeat(pad)).push(tone, text)
    }

    /// Returns whether the text still fits into the width of the style, if there is one.
    pub(crate) fn has_room(&self, text: &str) -> bool {
        self.style.columns().is_none_or(|columns| self.width + text.chars().count() <= columns)
    }

    /// Appends a piece, cut to the rest of the width, if there is one.
    pub(crate) fn rest(self, tone: Tone, text: &str) -> Self {
        let room = self.style.columns().map(|columns| columns.saturating_sub(self.width));
        match room {
            Some(room) => self.push(tone, &cut(text, room)),
            None => self.push(tone, text),
        }
    }

    /// Appends as many of the items as fit into the rest of the width, and the number of the others.
    pub(crate) fn list(self, before: &str, items: &[&str]) -> Self {
        let room = self.style.columns().map_or(usize::MAX, |columns| columns.saturating_sub(self.width));
        let text = |count: usize| match items.len() - count {
            0 => format!("{before}{}", items.join(", ")),
            more => format!("{before}{} +{more}", items[..count].join(", ")),
        };
        let fits = (1..=items.len()).rev().map(text).find(|text| text.chars().count() <= room);
        match fits {
            Some(text) => self.push(Tone::Plain, &text),
            None => self.rest(Tone::Plain, &text(items.len().min(1))),
        }
    }

    /// Returns the line without spaces at its end.
    pub(crate) fn finish(self) -> String {
        self.text.trim_end().to_owned()
    }
}

/// Returns the text in at most this many columns. A text that is cut ends in an ellipsis.
pub(crate) fn cut(text: &str, columns: usize) -> String {
    if text.chars().count() <= columns {
        return text.to_owned();
    }
    let mut text: String = text.chars().take(columns.saturating_sub(1)).collect();
    if columns > 0 {
        text.push('…');
    }
    text
}
