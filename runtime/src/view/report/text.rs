//! The report as plain text: one sentence, and a line for each row (`row.rs`) unless the stop was clean and every service
//! had started.

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
        let at = row.requested_text();
        let took = row.stop_duration_text();
        let window = row.window_text();
        write!(f, "at {at:>8}  took {took:>8} of {window:<6}  ")?;
    }
    write!(f, "{}{}", row.service.outcome, row.waited_for_text())?;
    row.details().try_for_each(|detail| write!(f, ", {detail}"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::model::{Detail, ServiceId, ServiceReport, StopCause, StopOutcome, StopReport};

    /// The reports of the services have these outcomes, and stop one after another.
    fn report(outcomes: Vec<(&'static str, StopOutcome)>) -> StopReport {
        let ms = Duration::from_millis;
        let service = |(index, (name, outcome)): (usize, (&'static str, StopOutcome))| ServiceReport {
            id: ServiceId::new(index),
            name: name.into(),
            stop_requested_after: ms(1_500 * index as u64),
            waited_for: (index > 0).then(|| "http".into()),
            stop_duration: ms(1_500),
            window: ms(5_000),
            outcome,
            may_fail: false,
            details: if index == 0 { vec![Detail::Note("2 connections open".into())] } else { vec![] },
        };
        StopReport {
            group_name: "App",
            cause: StopCause::Requested,
            stop_within: ms(25_000),
            lame_duck: Duration::ZERO,
            stop_duration: ms(3_000),
            services: outcomes.into_iter().enumerate().map(service).collect(),
            is_collection: false,
        }
    }

    /// Every column, to the last character.
    #[test]
    fn a_report_that_is_not_clean_has_a_line_for_each_service() {
        let report = report(vec![
            ("http", StopOutcome::Forced),
            ("store", StopOutcome::Stuck { lent_to: Some("http".into()) }),
            ("cache", StopOutcome::NotStarted),
        ]);
        assert_eq!(
            report.to_string(),
            "`App` stopped in 3 s of 25 s on request: `http` forced, `store` stuck (lent to `http`), 1 not started\n  \
             http   at     0 µs  took   1.50 s of 5 s     forced, 2 connections open\n  \
             store  at   1.50 s  took   1.50 s of 5 s     stuck (lent to `http`), after `http`"
        );
    }

    #[test]
    fn a_clean_report_is_one_sentence_and_with_the_alternate_flag_all_lines() {
        let report = report(vec![("http", StopOutcome::Graceful)]);
        assert_eq!(report.to_string(), "`App` stopped in 3 s of 25 s on request: 1 service, gracefully");
        assert_eq!(
            format!("{report:#}"),
            "`App` stopped in 3 s of 25 s on request: 1 service, gracefully\n  \
             http  at     0 µs  took   1.50 s of 5 s     graceful, 2 connections open"
        );
    }
}
