//! Plan, report and status as text, pictures, settings and JSON.

pub(crate) mod canvas;
#[cfg(feature = "serde")]
pub(crate) mod json;
pub(crate) mod plan;
pub(crate) mod report;
mod start_report;
pub(crate) mod words;

/// How many rows the members of one collection have at most, in the reports of a start and of a stop.
const MEMBER_ROWS: usize = 10;
