//! Constructors of a plan and of its services: checked in a constant, or leaked while the program runs.

use std::time::Duration;

use super::{
    ByCall, CallKind, DEFAULT_DROP_WITHIN, DEFAULT_SERVICE_STOP_WITHIN, DEFAULT_START_WITHIN,
    DEFAULT_STOP_WITHIN, Edge, EdgeKind, Plan, RetryPolicy, ServiceId, ServicePlan, Window, budget_exceeded,
    slowest_path,
};

#[doc(hidden)]
impl Plan {
    /// Returns the plan of a group, whether or not it fits its budget.
    #[must_use]
    pub const fn of<const N: usize>(
        name: &'static str,
        stop_within: Option<Duration>,
        lame_duck: Option<Duration>,
        services: &'static [ServicePlan; N],
        order: &'static [usize; N],
    ) -> Self {
        let (mut length, mut next) = ([0; N], [0; N]);
        Self::new(name, stop_within, lame_duck, (services, order), (&mut length, &mut next))
    }

    /// Returns the plan with an order of the start that is not the order of the stop, backwards: for `start_after`.
    #[must_use]
    pub const fn starting_in(mut self, order: &'static [usize]) -> Self {
        self.start_order = order;
        self
    }

    /// Returns the plan, which has `N` services, if it fits its budget. Otherwise, in a constant, it is a compile error at
    /// the caller.
    ///
    /// The macro calls it in a constant of its own: a plan that overruns its budget can then still be read, and the group
    /// around it is checked in the same compile.
    ///
    /// # Panics
    ///
    /// If the lame duck and the slowest stop path overrun the budget.
    #[must_use]
    #[track_caller]
    pub const fn checked<const N: usize>(self) -> Self {
        let (mut length, mut next) = ([0; N], [0; N]);
        slowest_path::slowest(self.services, self.order, &mut length, &mut next);
        budget_exceeded::assert_fits(&self, &length, &next);
        self
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
            start_order: order,
            slowest_stop: Duration::from_nanos(slowest_stop),
            is_collection: false,
        }
    }

    /// Returns an unchecked plan of a group whose shape is known only while the program runs. Its parts are leaked.
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

    /// Returns the plan with another budget, unchecked.
    pub(crate) const fn with_stop_within(mut self, stop_within: Duration) -> Self {
        self.stop_within = stop_within;
        self
    }

    /// Returns the plan with another lame duck, unchecked.
    pub(crate) const fn with_lame_duck(mut self, lame_duck: Duration) -> Self {
        self.lame_duck = lame_duck;
        self
    }

    /// Clones the plan in a `const fn`, where `Clone` cannot be called. `Plan` is not `Copy`, so that it can grow.
    pub(crate) const fn const_clone(&self) -> Self {
        Self {
            name: self.name,
            stop_within: self.stop_within,
            lame_duck: self.lame_duck,
            services: self.services,
            order: self.order,
            start_order: self.start_order,
            slowest_stop: self.slowest_stop,
            is_collection: self.is_collection,
        }
    }
}

#[doc(hidden)]
impl ServicePlan {
    /// Returns the plan of a service if its cap, if it has one, is enough for the group in it. Otherwise, in a constant, it
    /// is a compile error at the caller.
    ///
    /// # Panics
    ///
    /// If the cap of the field is shorter than what a nested group needs.
    #[must_use]
    #[track_caller]
    pub const fn checked(self) -> Self {
        budget_exceeded::assert_cap(&self);
        self
    }

    /// Returns the plan of a field with `stop =`, whose type does not count.
    #[must_use]
    pub const fn with_stop(
        name: &'static str,
        dependencies: &'static [Edge],
        stops_before: &'static [usize],
        start_within: Option<Duration>,
        stop_within: Option<Duration>,
    ) -> Self {
        let window = DEFAULT_SERVICE_STOP_WITHIN;
        Self::new(name, dependencies, stops_before, start_within, stop_within, (window, None))
    }

    /// `start_after`.
    #[must_use]
    pub const fn starting_after(mut self, services: &'static [usize]) -> Self {
        self.starts_after = services;
        self
    }

    /// `retry`, with the pauses in nanoseconds.
    #[must_use]
    pub const fn retrying(mut self, shortest: u64, longest: u64) -> Self {
        let (shortest, longest) = (Duration::from_nanos(shortest), Duration::from_nanos(longest));
        self.retry = Some(RetryPolicy { shortest, longest });
        self
    }

    /// Adds the call of a key, with the time that the field gives it.
    #[must_use]
    pub const fn called(mut self, kind: CallKind, within: Option<Duration>) -> Self {
        *self.calls.get_mut(kind) = Some(match within {
            Some(within) => within,
            None => kind.default_within(self.start_within),
        });
        self
    }

    /// A field whose `stop` only drops it, without a `stop_within`.
    #[must_use]
    pub const fn only_dropped(mut self) -> Self {
        self.window = Window::Guaranteed(DEFAULT_DROP_WITHIN);
        self
    }

    /// `may_fail`.
    #[must_use]
    pub const fn that_may_fail(mut self) -> Self {
        self.may_fail = true;
        self
    }

    /// `given`.
    #[must_use]
    pub const fn given(mut self) -> Self {
        self.is_given = true;
        self
    }

    /// Returns the plan of a field whose type guarantees a window, and may be a group.
    pub(crate) const fn new(
        name: &'static str,
        dependencies: &'static [Edge],
        stops_before: &'static [usize],
        start_within: Option<Duration>,
        stop_within: Option<Duration>,
        (guaranteed, nested): (Duration, Option<&'static Plan>),
    ) -> Self {
        Self {
            name,
            dependencies,
            stops_before,
            starts_after: &[],
            retry: None,
            calls: ByCall::NONE,
            may_fail: false,
            is_given: false,
            start_within: match start_within {
                Some(window) => window,
                None => DEFAULT_START_WITHIN,
            },
            window: match stop_within {
                Some(cap) => Window::Capped(cap),
                None => Window::Guaranteed(guaranteed),
            },
            nested,
            holds_any: false,
        }
    }

    pub(crate) const fn holding_any(mut self, holds_any: bool) -> Self {
        self.holds_any = holds_any;
        self
    }
}

#[doc(hidden)]
impl Edge {
    /// Returns an edge to the service with this index.
    #[must_use]
    pub const fn new(service: usize, kind: EdgeKind) -> Self {
        Self { service: ServiceId::new(service), kind }
    }
}
