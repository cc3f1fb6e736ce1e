//! What the pictures of plan, report and console share: how text is drawn, the axis of time, SVG.
//!
//! Nothing here knows services: it gets names, moments and colours by their meaning.

mod axis;
mod line;
mod style;
mod svg;

pub(crate) use axis::{Axis, column, label, text_axis};
pub(crate) use line::{Line, cut};
pub use style::Style;
pub(crate) use style::Tone;
pub(crate) use svg::{Svg, n, text_width};
