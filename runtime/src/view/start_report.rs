//! The report of a start as text: the slowest path, and a line for each service on one axis of time.

use std::cmp::Reverse;
use std::fmt;
use std::time::Duration;

use crate::model::{ServiceStart, StartOutcome, StartReport};
use crate::text::HumanDuration;
use crate::view::MEMBER_ROWS;

/// The columns of the axis.
const AXIS: usize = 40;

impl fmt::Display for StartReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.headline())?;
        let mut rows = Vec::new();
        add_rows(self, "", Duration::ZERO, &mut rows);
        let width = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or_default();
        for row in rows {
            let (bar, took) = (row.bar(self.start_duration), HumanDuration(row.service.start_duration));
            let took = if row.service.attempts > 0 { took.to_string() } else { String::new() };
            let line = format!("  {:<width$}  {bar}  {took:>8}  {}", row.name, row.remarks());
            write!(f, "\n{}", line.trim_end())?;
        }
        Ok(())
    }
}

impl StartReport {
    fn headline(&self) -> String {
        let path: Vec<_> = self.slowest_path().into_iter().map(with_duration).collect();
        let path =
            if path.is_empty() { String::new() } else { format!("; slowest path: {}", path.join(" → ")) };
        let (group, took) = (self.group_name, HumanDuration(self.start_duration));
        if self.has_started {
            format!("`{group}` started in {took}{path}")
        } else {
            format!("`{group}` has not started after {took}{path}")
        }
    }
}

fn with_duration(service: &ServiceStart) -> String {
    format!("`{}` {}", service.name, HumanDuration(service.start_duration))
}

/// A service at its place on the axis of the outermost group.
struct StartRow<'a> {
    service: &'a ServiceStart,
    name: String,
    begun: Duration,
    /// How many members of the collection that the service is have no row.
    hidden: usize,
}

fn add_rows<'a>(report: &'a StartReport, indent: &str, begun: Duration, rows: &mut Vec<StartRow<'a>>) {
    let of_group = begun + report.begun_after;
    for service in shown(report) {
        let begun = of_group + service.begun_after;
        let nested = service.nested.as_deref();
        let hidden = nested.map_or(0, |nested| nested.services.len() - shown(nested).len());
        rows.push(StartRow { service, name: format!("{indent}{}", service.name), begun, hidden });
        if let Some(nested) = nested {
            add_rows(nested, &format!("{indent}  "), of_group, rows);
        }
    }
}

/// Returns the services that have rows. Of a large collection these are those that did not start, and the slowest.
fn shown(report: &StartReport) -> Vec<&ServiceStart> {
    let mut services: Vec<_> = report.services.iter().collect();
    if report.is_collection && services.len() > MEMBER_ROWS {
        let rank = |service: &&ServiceStart| {
            (service.outcome == StartOutcome::Started, Reverse(service.start_duration))
        };
        services.sort_by_key(rank);
        services.truncate(MEMBER_ROWS);
    }
    services
}

impl StartRow<'_> {
    fn bar(&self, whole: Duration) -> String {
        if self.service.attempts == 0 || whole.is_zero() {
            return " ".repeat(AXIS);
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a column of the axis"
        )]
        let column = |at: Duration| (at.div_duration_f64(whole).min(1.0) * AXIS as f64).round() as usize;
        let start = column(self.begun).min(AXIS - 1);
        let end = column(self.begun + self.service.start_duration).max(start + 1);
        format!("{}{}{}", " ".repeat(start), "█".repeat(end - start), " ".repeat(AXIS - end))
    }

    fn remarks(&self) -> String {
        let service = self.service;
        let has_begun = service.attempts > 0;
        let is_given = service.is_given && service.outcome == StartOutcome::Started;
        let mut remarks = vec![if is_given { "given".to_owned() } else { service.outcome.to_string() }];
        remarks.extend(
            service.waited_for.as_ref().filter(|_| has_begun).map(|other| format!("after `{other}`")),
        );
        remarks.extend((service.attempts > 1).then(|| format!("{} attempts", service.attempts)));
        remarks.extend(service.failure.as_ref().map(|error| format!("last error: {error:#}")));
        remarks.extend(service.is_replaced.then(|| "replaced".to_owned()));
        remarks.extend((self.hidden > 0).then(|| format!("{} more members", self.hidden)));
        remarks.join(", ")
    }
}
