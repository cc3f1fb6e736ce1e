//! One line of a text picture, in pieces with their colours.

use super::{Style, Tone};

/// A line under way. It knows its width, which colours do not change.
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

    /// A piece in a column of that width, on its left.
    pub(crate) fn left(self, tone: Tone, text: &str, width: usize) -> Self {
        let text = cut(text, width);
        let pad = width - text.chars().count();
        self.push(tone, &text).push(Tone::Plain, &" ".repeat(pad))
    }

    /// A piece in a column of that width, on its right.
    pub(crate) fn right(self, tone: Tone, text: &str, width: usize) -> Self {
        let pad = width.saturating_sub(text.chars().count());
        self.push(Tone::Plain, &" ".repeat(pad)).push(tone, text)
    }

    /// Whether that much more fits into the width, if there is a width.
    pub(crate) fn has_room(&self, text: &str) -> bool {
        self.style.columns().is_none_or(|columns| self.width + text.chars().count() <= columns)
    }

    /// A piece of what is left of the width, if there is a width.
    pub(crate) fn rest(self, tone: Tone, text: &str) -> Self {
        let room = self.style.columns().map(|columns| columns.saturating_sub(self.width));
        match room {
            Some(room) => self.push(tone, &cut(text, room)),
            None => self.push(tone, text),
        }
    }

    /// As many of the items as what is left of the width has room for, and how many more there are.
    pub(crate) fn list(self, before: &str, items: &[&str]) -> Self {
        let room = self.style.columns().map_or(usize::MAX, |columns| columns.saturating_sub(self.width));
        let said = |count: usize| match items.len() - count {
            0 => format!("{before}{}", items.join(", ")),
            more => format!("{before}{} +{more}", items[..count].join(", ")),
        };
        let fits = (1..=items.len()).rev().map(said).find(|said| said.chars().count() <= room);
        match fits {
            Some(said) => self.push(Tone::Plain, &said),
            None => self.rest(Tone::Plain, &said(items.len().min(1))),
        }
    }

    /// The line without spaces at its end.
    pub(crate) fn finish(self) -> String {
        self.text.trim_end().to_owned()
    }
}

/// The text in so many columns: what does not fit ends in an ellipsis.
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
