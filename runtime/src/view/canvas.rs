//! The parts that the pictures of plan, report and console share: style, lines of text, the axis of time, SVG.
//!
//! None of them depends on services: they receive names, durations and the meaning of colours.

mod axis;
mod line;
mod style;
mod svg;

pub(crate) use axis::{Axis, column, label, text_axis};
pub(crate) use line::{Line, cut};
pub use style::Style;
pub(crate) use style::Tone;
pub(crate) use svg::{Svg, coordinate, head_path, text_width};
