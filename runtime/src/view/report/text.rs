//! The report as plain text: one sentence, and below it a line for each service unless the stop was clean.

use std::fmt;

use super::row::Row;
use crate::model::{ServiceReport, StopReport};

/// One sentence if the stop was clean and every service had started. Otherwise, and with `{:#}`, a line for each service
/// follows.
impl fmt::Display for StopReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.summary())?;
        let is_short = self.is_clean() && self.services.iter().all(ServiceReport::has_started);
        if is_short && !f.alternate() {
            return Ok(());
        }
        self.rows().iter().try_for_each(|row| write_line(f, row))
    }
}

/// Writes the columns of a service: name, times, outcome with its reason, details.
fn write_line(f: &mut fmt::Formatter<'_>, row: &Row<'_>) -> fmt::Result {
    let (indent, width) = (2 * row.depth + 2, row.name_width);
    write!(f, "\n{:indent$}{:width$}  ", "", row.service.name)?;
    if row.service.has_started() {
        let (at, took, window) = (row.requested_text(), row.stop_duration_text(), row.window_text());
        write!(f, "at {at:>8}  took {took:>8} of {window:<6}  ")?;
    }
    write!(f, "{}{}", row.service.outcome, row.waited_for_text())?;
    row.details().try_for_each(|detail| write!(f, ", {detail}"))
}
