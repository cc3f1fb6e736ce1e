//! The report as text. A clean stop is short; an unclean one says first who and why.

use std::fmt;
use std::time::Duration;

use super::{Chain, Detail, Drained, Ending, ServiceReport, StopReport};

impl fmt::Display for StopReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` stopped in {} of {}", self.group, Span(self.took), Span(self.budget))?;
        if !self.lame_duck.is_zero() {
            write!(f, " (lame duck {})", Span(self.lame_duck))?;
        }
        write!(f, " {}: ", self.cause)?;
        self.summary(f)?;
        self.lines(f, "  ")
    }
}

impl StopReport {
    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unclean: Vec<_> = self.services.iter().filter(|service| service.ending.code() > 0).collect();
        for (index, service) in unclean.iter().enumerate() {
            write!(f, "{}`{}` {}", if index == 0 { "" } else { ", " }, service.name, service.ending)?;
        }
        let started = self.services.iter().filter(|service| service.has_started()).count();
        if unclean.is_empty() {
            match started {
                0 => f.write_str("nothing had started")?,
                1 => f.write_str("1 service, gracefully")?,
                count => write!(f, "{count} services, all gracefully")?,
            }
        }
        match self.services.len() - started {
            0 => Ok(()),
            not_started => write!(f, ", {not_started} not started"),
        }
    }

    fn lines(&self, f: &mut fmt::Formatter<'_>, indent: &str) -> fmt::Result {
        let width = self.services.iter().map(|service| service.name.len()).max().unwrap_or(0);
        for service in self.services.iter().filter(|service| service.is_worth_a_line()) {
            write!(f, "\n{indent}{:width$}  {service}", service.name)?;
            for detail in &service.details {
                match detail {
                    Detail::Note(note) => write!(f, ", {note}")?,
                    Detail::Drained(drained) => drained.fmt_after(f)?,
                    Detail::Group(report) => report.lines(f, &format!("{indent}  "))?,
                }
            }
        }
        Ok(())
    }
}

impl ServiceReport {
    fn has_started(&self) -> bool {
        !matches!(self.ending, Ending::NotStarted)
    }

    fn is_worth_a_line(&self) -> bool {
        self.has_started() || !self.details.is_empty()
    }
}

impl fmt::Display for ServiceReport {
    /// All but the name and the details: when, how long, how.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.has_started() {
            return write!(f, "{}", self.ending);
        }
        write!(f, "at {:>8}  took {:>8} of {:<6}  ", Span(self.asked), Span(self.took), Span(self.window))?;
        write!(f, "{}", self.ending)?;
        match self.waited_for {
            Some(other) => write!(f, ", after `{other}`"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Graceful => f.write_str("graceful"),
            Self::Forced => f.write_str("forced"),
            Self::Aborted => f.write_str("aborted"),
            Self::Stuck { lent_to: None } => f.write_str("stuck"),
            Self::Stuck { lent_to: Some(other) } => write!(f, "stuck (lent to `{other}`)"),
            Self::Failed(error) => write!(f, "failed: {}", Chain(&**error)),
            Self::Panicked(message) => write!(f, "panicked: {message}"),
            Self::NotStarted => f.write_str("not started"),
        }
    }
}

impl Drained {
    fn fmt_after(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.finished > 0 {
            write!(f, ", {} answered", self.finished)?;
        }
        if self.cut > 0 {
            write!(f, ", {} cut", self.cut)?;
            for (index, cut) in self.cuts.iter().enumerate() {
                write!(f, "{} {}, {} old", if index == 0 { ":" } else { ";" }, cut.what, Span(cut.age))?;
            }
        }
        if self.left > 0 {
            write!(f, ", {} still running", self.left)?;
        }
        Ok(())
    }
}

/// A duration as people write it, three digits at most: `850 µs`, `12 ms`, `1.5 s`, `25 s`, `2 m 5 s`.
pub(crate) struct Span(pub(crate) Duration);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.0.as_micros();
        let text = match micros {
            0..1_000 => format!("{micros} µs"),
            1_000..1_000_000 => format!("{} ms", micros / 1_000),
            1_000_000..60_000_000 if micros % 1_000_000 < 10_000 => format!("{} s", micros / 1_000_000),
            1_000_000..10_000_000 => {
                format!("{}.{:02} s", micros / 1_000_000, micros % 1_000_000 / 10_000)
            }
            10_000_000..60_000_000 => {
                format!("{}.{} s", micros / 1_000_000, micros % 1_000_000 / 100_000)
            }
            _ => format!("{} m {} s", micros / 60_000_000, micros / 1_000_000 % 60),
        };
        f.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_as_people_write_them() {
        let span = |micros| Span(Duration::from_micros(micros)).to_string();
        let texts = [850, 12_345, 1_500_000, 2_000_000, 9_990_000, 12_340_000, 25_000_000, 125_000_000];
        let said = texts.map(span);
        assert_eq!(
            said,
            ["850 µs", "12 ms", "1.50 s", "2 s", "9.99 s", "12.3 s", "25 s", "2 m 5 s"].map(String::from)
        );
    }
}
