//! The report in one sentence: the headline, and the verdict, which names the services that did not end gracefully.

use std::time::Duration;

use crate::model::{ServiceReport, StopCause, StopOutcome, StopOutcomeKind, StopReport};
use crate::text::HumanDuration;

impl StopReport {
    /// Returns the headline and the verdict in one sentence.
    pub(super) fn summary(&self) -> String {
        let verdict = self.verdict();
        let separator = if verdict.is_empty() {
            ""
        } else if self.services.iter().any(|service| self.is_cause(service)) {
            "; "
        } else {
            ": "
        };
        format!("{}{separator}{verdict}", self.headline())
    }

    /// Returns how long the stop took, and its cause.
    pub(super) fn headline(&self) -> String {
        let group = self.group_name;
        let took = HumanDuration(self.stop_duration);
        let budget = HumanDuration(self.stop_within);
        let lame_duck = match self.lame_duck {
            Duration::ZERO => String::new(),
            lame_duck => format!(" (lame duck {})", HumanDuration(lame_duck)),
        };
        format!("`{group}` stopped in {took} of {budget}{lame_duck} {}", self.cause)
    }

    /// Returns the services that did not end gracefully, except the one that the headline names as the cause. If there
    /// are none, it returns the number of those that did.
    pub(super) fn verdict(&self) -> String {
        let (causes, others): (Vec<_>, Vec<_>) =
            self.services.iter().partition(|service| self.is_cause(service));
        let started = others.iter().filter(|service| service.has_started()).count();
        let not_graceful = others.iter().flat_map(|service| service.not_graceful());
        let not_graceful = not_graceful.filter(|service| !self.is_cause(service));
        let (tolerated, failed): (Vec<_>, Vec<_>) =
            not_graceful.partition(|service| service.exit_code() == 0);
        let mut parts: Vec<_> = failed.iter().map(|service| service.describe()).collect();
        if parts.is_empty() {
            let with_failures = others.iter().filter(|service| !service.not_graceful().is_empty()).count();
            parts.extend(graceful(started - with_failures, !causes.is_empty()));
        }
        parts.extend(tolerated.iter().map(|service| format!("{} (it may fail)", service.describe())));
        for kind in [StopOutcomeKind::NotStarted, StopOutcomeKind::LeftOut, StopOutcomeKind::Absent] {
            let count = others.iter().filter(|service| service.outcome.kind() == kind).count();
            if count > 0 {
                parts.push(format!("{count} {kind}"));
            }
        }
        parts.join(", ")
    }

    /// Returns whether the cause of the stop already reports the outcome of the service, or of the one member that is not
    /// graceful.
    fn is_cause(&self, service: &ServiceReport) -> bool {
        if let [member] = &*service.not_graceful()
            && *member.name != *service.name
        {
            return self.is_cause(member);
        }
        match (&self.cause, &service.outcome) {
            (StopCause::Failed { service: name, error }, StopOutcome::Failed(own)) => {
                *name == service.name && format!("{error:#}") == format!("{own:#}")
            }
            _ => false,
        }
    }
}

/// Returns the number of services that ended gracefully, beside the one that caused the stop if `has_cause` is true.
fn graceful(count: usize, has_cause: bool) -> Option<String> {
    match (count, has_cause) {
        (0, false) => Some("nothing had started".to_owned()),
        (1, false) => Some("1 service, gracefully".to_owned()),
        (count, false) => Some(format!("{count} services, all gracefully")),
        (0, true) => None,
        (1, true) => Some("the other service stopped gracefully".to_owned()),
        (count, true) => Some(format!("the other {count} services stopped gracefully")),
    }
}

impl ServiceReport {
    /// Returns the service if it did not end gracefully; of a collection, the members that did not.
    fn not_graceful(&self) -> Vec<&Self> {
        let members: Vec<_> = self.members().iter().flat_map(Self::not_graceful).collect();
        if members.is_empty() && self.outcome.exit_code() > 0 { vec![self] } else { members }
    }

    /// Returns the service with its outcome, and for a group that was forced the services in it that were the reason.
    fn describe(&self) -> String {
        let Self { name, outcome, .. } = self;
        let group = self.nested().filter(|_| matches!(outcome, StopOutcome::Forced));
        let inner = group.map_or(&[][..], |group| &group.services).iter();
        let reasons: Vec<_> =
            inner.filter(|inner| inner.outcome.exit_code() > 0).map(Self::describe).collect();
        match &*reasons.join(", ") {
            "" => format!("`{name}` {outcome}"),
            reasons => format!("`{name}` {outcome} ({reasons})"),
        }
    }
}
