//! What happened in a stop, as data: the report of a group, and of each of its services.

mod detail;
mod outcome;

use std::time::Duration;

use super::{ServiceId, ServiceKey, ServiceName, StopCause};

pub use detail::{CutRequest, Detail, Drained};
pub use outcome::{StopOutcome, StopOutcomeKind};

/// What happened in a stop.
///
/// It displays as text: one sentence after a clean stop of all services. Otherwise the sentence names the services that
/// did not end gracefully, and a line for each service follows, in the order of their stop requests. `{:#}` has
/// those lines in any case. [`timeline`](Self::timeline) and [`to_svg`](Self::to_svg) draw the report.
#[cfg_attr(feature = "serde", doc = "", doc = include_str!("../view/json/report.md"))]
#[derive(Debug, Clone)]
#[must_use = "a report that is not read hides forced and failed services"]
#[non_exhaustive]
pub struct StopReport {
    /// The name of the group's struct.
    pub group_name: &'static str,
    /// Why the group stopped.
    pub cause: StopCause,
    /// The budget of the whole stop, lame duck included.
    pub stop_within: Duration,
    /// How long the lame duck took, as a part of `stop_duration`.
    pub lame_duck: Duration,
    /// How long the whole stop took.
    pub stop_duration: Duration,
    /// The services, in the order of their stop requests.
    pub services: Vec<ServiceReport>,
    /// Whether the services are the members of a collection. The name of each begins with that of the collection.
    pub is_collection: bool,
}

/// What happened to one service in a stop.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ServiceReport {
    /// The service.
    pub id: ServiceId,
    /// The name of the field.
    pub name: ServiceName,
    /// When the stop of the service was requested, counted from the start of its own group's stop, nested or not.
    pub stop_requested_after: Duration,
    /// The service that ended last of those that had to end before this one.
    pub waited_for: Option<ServiceName>,
    /// How long the stop of the service took.
    pub stop_duration: Duration,
    /// How long the stop was allowed to take.
    pub window: Duration,
    /// How the stop ended.
    pub outcome: StopOutcome,
    /// Whether a failure of the service does not count for the exit code.
    pub may_fail: bool,
    /// What the service itself reported.
    pub details: Vec<Detail>,
}

impl StopReport {
    /// The report of a run that had nothing to do.
    pub(crate) const fn of_nothing() -> Self {
        Self {
            group_name: "",
            cause: StopCause::Requested,
            stop_within: Duration::ZERO,
            lame_duck: Duration::ZERO,
            stop_duration: Duration::ZERO,
            services: Vec::new(),
            is_collection: false,
        }
    }

    /// Returns whether every service that had started ended gracefully, and no failure caused the stop.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.exit_code() == 0
    }

    /// Returns the report of a service by its name or id, or of a member of a collection by its name, `consumers[orders]`.
    pub fn service<'a>(&self, service: impl Into<ServiceKey<'a>>) -> Option<&ServiceReport> {
        let key = service.into();
        let own = self.services.iter().find(|service| key.matches(service.id, &service.name));
        let in_members = || {
            let ServiceKey::Name(_) = key else { return None };
            let mut collections = self.services.iter().filter(|service| service.is_collection());
            collections.find_map(|collection| collection.nested()?.service(key))
        };
        own.or_else(in_members)
    }

    /// Returns the services that are stuck, those of nested groups included.
    #[must_use]
    pub fn stuck(&self) -> Vec<&ServiceReport> {
        let nested = self.services.iter().filter_map(ServiceReport::nested).flat_map(Self::stuck);
        let own = self.services.iter().filter(|service| matches!(service.outcome, StopOutcome::Stuck { .. }));
        own.chain(nested).collect()
    }

    /// Returns the services whose starts were interrupted, each with the time that its start had taken. Those of nested
    /// groups are included.
    pub fn interrupted_starts(&self) -> impl Iterator<Item = (&ServiceReport, Duration)> {
        let own = self.services.iter().flat_map(|service| {
            service.details.iter().filter_map(move |detail| match detail {
                Detail::StartInterrupted(after) => Some((service, *after)),
                _ => None,
            })
        });
        let nested = self.services.iter().filter_map(ServiceReport::nested);
        // Boxed, since the type of an iterator cannot contain itself.
        let nested: Vec<_> =
            nested.flat_map(|report| report.interrupted_starts().collect::<Vec<_>>()).collect();
        own.chain(nested)
    }

    /// Returns whether the report has more than its cause: at least one service had started.
    pub(crate) fn has_stopped_services(&self) -> bool {
        self.services.iter().any(|service| service.outcome.has_started())
    }

    /// Returns the exit code that the stop demands, its cause included.
    pub(crate) fn exit_code(&self) -> u8 {
        self.exit_code_of_services().max(u8::from(self.cause.is_failure()))
    }

    /// Returns the exit code that the services demand, whatever the cause was.
    pub(crate) fn exit_code_of_services(&self) -> u8 {
        self.services.iter().map(ServiceReport::exit_code).max().unwrap_or(0)
    }
}

impl ServiceReport {
    /// Returns the report of each member, if the service is a collection.
    #[must_use]
    pub fn members(&self) -> &[ServiceReport] {
        let members = self.nested().filter(|report| report.is_collection);
        members.map_or(&[], |report| &report.services)
    }

    /// Returns whether the service is a collection that was stopped.
    #[must_use]
    pub fn is_collection(&self) -> bool {
        self.nested().is_some_and(|report| report.is_collection)
    }

    /// Returns what the service itself reported, without the report of its members.
    #[cfg(feature = "serde")]
    pub(crate) fn own_details(&self) -> impl Iterator<Item = &Detail> {
        self.details.iter().filter(|detail| !matches!(detail, Detail::Group(report) if report.is_collection))
    }

    /// Returns the report of the group that this service is, if it is one. That of a collection has a service for each
    /// member.
    #[must_use]
    pub fn nested(&self) -> Option<&StopReport> {
        self.details.iter().find_map(|detail| match detail {
            Detail::Group(report) => Some(&**report),
            _ => None,
        })
    }

    /// Returns the exit code that the service demands: its own, and that of a group inside it. A failure of one that may fail
    /// does not count; what was cut always does.
    pub(crate) fn exit_code(&self) -> u8 {
        let nested = self.nested().into_iter().flat_map(|report| &report.services);
        match nested.map(Self::exit_code).fold(self.outcome.exit_code(), u8::max) {
            1 if self.may_fail => 0,
            code => code,
        }
    }
}
