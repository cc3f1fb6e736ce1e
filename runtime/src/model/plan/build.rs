//! How a plan is made: by the macro, in a constant, or leaked while the program runs.

use std::time::Duration;

use super::{DEFAULT_STOP_WITHIN, Edge, EdgeKind, Plan, ServiceId, ServicePlan, check, slowest_path};

#[doc(hidden)]
impl Plan {
    /// Checks the plan; in a constant, a plan that does not fit is a compile error at the caller.
    ///
    /// # Panics
    ///
    /// When the slowest stop path and the lame duck overrun the budget, or a cap on a nested group its needs.
    #[must_use]
    #[track_caller]
    pub const fn checked<const N: usize>(
        name: &'static str,
        stop_within: Option<Duration>,
        lame_duck: Option<Duration>,
        services: &'static [ServicePlan; N],
        order: &'static [usize; N],
    ) -> Self {
        let (mut length, mut next) = ([0; N], [0; N]);
        let plan = Self::new(name, stop_within, lame_duck, (services, order), (&mut length, &mut next));
        check::assert_fits(&plan, &length, &next);
        plan
    }

    pub(crate) const fn new(
        name: &'static str,
        stop_within: Option<Duration>,
        lame_duck: Option<Duration>,
        (services, order): (&'static [ServicePlan], &'static [usize]),
        (length, next): (&mut [u64], &mut [usize]),
    ) -> Self {
        let slowest_stop = slowest_path::slowest(services, order, length, next);
        Self {
            name,
            stop_within: match stop_within {
                Some(budget) => budget,
                None => DEFAULT_STOP_WITHIN,
            },
            lame_duck: match lame_duck {
                Some(lame_duck) => lame_duck,
                None => Duration::ZERO,
            },
            services,
            order,
            slowest_stop: Duration::from_nanos(slowest_stop),
        }
    }

    /// A plan made while the program runs, for groups whose shape is not known before: unchecked.
    #[must_use]
    pub fn leaked(
        name: &'static str,
        stop_within: Option<Duration>,
        lame_duck: Option<Duration>,
        services: Vec<ServicePlan>,
        order: Vec<usize>,
    ) -> Self {
        let (mut length, mut next) = (vec![0; services.len()], vec![0; services.len()]);
        let parts: (&'static [_], &'static [_]) = (services.leak(), order.leak());
        Self::new(name, stop_within, lame_duck, parts, (&mut length, &mut next))
    }

    pub(crate) const fn with_budget(mut self, stop_within: Duration, lame_duck: Duration) -> Self {
        self.stop_within = stop_within;
        self.lame_duck = lame_duck;
        self
    }
}

#[doc(hidden)]
impl Edge {
    /// An edge to the service of that index.
    #[must_use]
    pub const fn new(service: usize, kind: EdgeKind) -> Self {
        Self { service: ServiceId::new(service), kind }
    }
}
