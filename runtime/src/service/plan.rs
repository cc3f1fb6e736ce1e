//! The plan of a service whose type says how it stops.

use std::time::Duration;

use super::Service;
use crate::model::{Edge, ServicePlan};

/// Written by the macro. An inherent function, so that rustc's messages name it in short.
#[doc(hidden)]
impl ServicePlan {
    /// A field whose type implements [`Service`].
    #[must_use]
    pub const fn of<S: Service>(
        name: &'static str,
        dependencies: &'static [Edge],
        stops_before: &'static [usize],
        start_within: Option<Duration>,
        stop_within: Option<Duration>,
    ) -> Self {
        let guaranteed = match S::NESTED {
            Some(plan) => plan.slowest_stop(),
            None => S::STOP_WITHIN,
        };
        Self::new(name, dependencies, stops_before, start_within, stop_within, (guaranteed, S::NESTED))
            .holding_any(S::HOLDS_ANY)
    }
}
