//! The report as text. A clean stop is short; an unclean one says first who and why.

use std::fmt;
use std::time::Duration;

use crate::model::StopCause;
use crate::model::{CutRequest, Detail, Drained, ServiceReport, StopOutcome, StopReport};
use crate::text::OneLine;
use crate::text::{ErrorChain, HumanDuration};

/// One sentence where all is clean; a line for each service below it where something is not, where something had not
/// started, and with `{:#}` always.
impl fmt::Display for StopReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.summary())?;
        let is_short = self.is_clean() && self.services.iter().all(ServiceReport::has_started);
        if is_short && !f.alternate() {
            return Ok(());
        }
        self.lines(f, "  ", Duration::ZERO)
    }
}

impl StopReport {
    /// What happened, in one sentence: who is to blame first.
    pub(crate) fn summary(&self) -> String {
        let verdict = self.verdict();
        let joint = match self.services.iter().any(|service| self.is_cause(service)) {
            _ if verdict.is_empty() => "",
            true => "; ",
            false => ": ",
        };
        format!("{}{joint}{verdict}", self.headline())
    }

    /// How long it took, and why it stopped at all.
    pub(crate) fn headline(&self) -> String {
        let (group, took, budget) =
            (self.group_name, HumanDuration(self.stop_duration), HumanDuration(self.stop_within));
        let lame_duck = match self.lame_duck {
            Duration::ZERO => String::new(),
            lame_duck => format!(" (lame duck {})", HumanDuration(lame_duck)),
        };
        format!("`{group}` stopped in {took} of {budget}{lame_duck} {}", self.cause)
    }

    /// Who did not end gracefully, but for the one of whom the cause has told; how many did, where there is nobody.
    pub(crate) fn verdict(&self) -> String {
        let (told, others): (Vec<_>, Vec<_>) =
            self.services.iter().partition(|service| self.is_cause(service));
        let blamed = others.iter().filter(|service| service.outcome.exit_code() > 0);
        let mut parts: Vec<_> = blamed.map(|service| service.blame()).collect();
        let started = others.iter().filter(|service| service.has_started()).count();
        if parts.is_empty() {
            parts.extend(match (started, told.len()) {
                (0, 0) => Some("nothing had started".to_owned()),
                (1, 0) => Some("1 service, gracefully".to_owned()),
                (count, 0) => Some(format!("{count} services, all gracefully")),
                (0, _) => None,
                (1, _) => Some("the other service stopped gracefully".to_owned()),
                (count, _) => Some(format!("the other {count} services stopped gracefully")),
            });
        }
        let not_started = others.len() - started;
        if not_started > 0 {
            parts.push(format!("{not_started} not started"));
        }
        parts.join(", ")
    }

    /// Whether the cause has told all that there is to tell of the service.
    fn is_cause(&self, service: &ServiceReport) -> bool {
        match (&self.cause, &service.outcome) {
            (StopCause::Failed { service: name, error }, StopOutcome::Failed(own)) => {
                *name == service.name && ErrorChain(&**error).to_string() == ErrorChain(&**own).to_string()
            }
            _ => false,
        }
    }

    /// A line for each service. `since` is when this group was asked, in the time of the outermost one.
    fn lines(&self, f: &mut fmt::Formatter<'_>, indent: &str, since: Duration) -> fmt::Result {
        let width = self.services.iter().map(|service| service.name.chars().count()).max().unwrap_or(0);
        for service in self.services.iter().filter(|service| service.is_worth_a_line()) {
            write!(f, "\n{indent}{:width$}  ", service.name)?;
            if service.has_started() {
                let (at, took) = (
                    HumanDuration(since + service.stop_requested_after),
                    HumanDuration(service.stop_duration),
                );
                write!(f, "at {at:>8}  took {took:>8} of {:<6}  ", HumanDuration(service.window))?;
            }
            f.write_str(&service.outcome())?;
            if let Some(report) = service.nested() {
                report.lines(f, &format!("{indent}  "), since + service.stop_requested_after)?;
            }
        }
        Ok(())
    }
}

impl ServiceReport {
    pub(crate) fn has_started(&self) -> bool {
        !matches!(self.outcome, StopOutcome::NotStarted)
    }

    pub(crate) fn is_worth_a_line(&self) -> bool {
        self.has_started() || !self.details.is_empty()
    }

    /// What it is blamed for; where it is a group that was forced, whoever in there was the reason.
    fn blame(&self) -> String {
        let Self { name, outcome, .. } = self;
        let group = self.nested().filter(|_| matches!(outcome, StopOutcome::Forced));
        let inner = group.map_or(&[][..], |group| &group.services).iter();
        let reasons: Vec<_> = inner.filter(|inner| inner.outcome.exit_code() > 0).map(Self::blame).collect();
        match &*reasons.join(", ") {
            "" => format!("`{name}` {outcome}"),
            reasons => format!("`{name}` {outcome} ({reasons})"),
        }
    }

    /// How it ended, whom it waited for, and what it said itself.
    fn outcome(&self) -> String {
        let first = format!("{}{}", self.outcome, self.order());
        std::iter::once(first).chain(self.said()).collect::<Vec<_>>().join(", ")
    }

    /// Whom it waited for.
    pub(crate) fn order(&self) -> String {
        let other = self.waited_for.as_ref().filter(|_| self.has_started());
        other.map(|other| format!(", after `{other}`")).unwrap_or_default()
    }

    /// What it said itself, but for the report of a group.
    pub(crate) fn said(&self) -> impl Iterator<Item = String> {
        let said = |detail: &Detail| match detail {
            Detail::Note(note) => vec![OneLine(note).to_string()],
            Detail::Drained(drained) => drained.said(),
            Detail::Group(_) => Vec::new(),
        };
        self.details.iter().flat_map(said)
    }
}

impl fmt::Display for StopOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())?;
        match self {
            Self::Stuck { lent_to: Some(other) } => write!(f, " (lent to `{other}`)"),
            Self::Failed(error) => write!(f, ": {}", ErrorChain(&**error)),
            Self::Panicked(message) => write!(f, ": {}", OneLine(message)),
            _ => Ok(()),
        }
    }
}

impl Drained {
    fn said(&self) -> Vec<String> {
        let mut said = Vec::new();
        if self.finished > 0 {
            said.push(format!("{} answered", self.finished));
        }
        if self.cut > 0 {
            let cuts = self.cuts_by_name().join("; ");
            said.push(format!("{} cut{}{cuts}", self.cut, if cuts.is_empty() { "" } else { ": " }));
        }
        if self.still_running > 0 {
            said.push(format!("{} still running", self.still_running));
        }
        said
    }

    /// Those of one name together, the oldest first, and how many are not among them.
    fn cuts_by_name(&self) -> Vec<String> {
        let mut names: Vec<(&CutRequest, usize)> = Vec::new();
        for cut in &self.cuts {
            match names.iter_mut().find(|(oldest, _)| oldest.what == cut.what) {
                Some((_, count)) => *count += 1,
                None => names.push((cut, 1)),
            }
        }
        let more = self.cut.saturating_sub(self.cuts.len() as u64);
        let more = (more > 0 && !names.is_empty()).then(|| format!("{more} more"));
        let said = names.into_iter().map(|(CutRequest { what, age }, count)| match count {
            1 => format!("{}, {} old", OneLine(what), HumanDuration(*age)),
            _ => format!("{count} times {}, up to {} old", OneLine(what), HumanDuration(*age)),
        });
        said.chain(more).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::model::{CutRequest, Drained};

    #[test]
    fn cuts_of_one_name_are_told_together() {
        let cut = |what: &str, millis| CutRequest::new(what, Duration::from_millis(millis));
        let said = |cut, cuts| Drained { cut, cuts, ..Drained::default() }.said();
        assert_eq!(said(0, vec![]), Vec::<String>::new());
        assert_eq!(said(2, vec![]), ["2 cut"]);
        assert_eq!(said(1, vec![cut("GET /a", 4_200)]), ["1 cut: GET /a, 4.20 s old"]);
        let cuts = vec![cut("GET /a", 4_200), cut("GET /b", 3_000), cut("GET /a", 2_000)];
        assert_eq!(said(3, cuts.clone()), ["3 cut: 2 times GET /a, up to 4.20 s old; GET /b, 3 s old"]);
        assert_eq!(said(9, cuts), ["9 cut: 2 times GET /a, up to 4.20 s old; GET /b, 3 s old; 6 more"]);
    }
}
