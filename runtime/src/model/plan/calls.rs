//! The kinds of calls on a running service, and how long each may take.
//!
//! Everything that is the same for all kinds goes through [`CallKind::ALL`] and [`ByCall`]. A new kind is a variant with its
//! key and its limit, and a method of [`ServicePlan`] here.

use std::time::Duration;

use super::{DEFAULT_CHECK_WITHIN, Plan, ServicePlan};

/// A kind of call: the key whose expression the group calls, on a clone of the value, while the service runs.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallKind {
    /// `check`.
    Check,
    /// `reload`.
    Reload,
}

impl CallKind {
    /// All kinds, in the order of their variants.
    pub const ALL: [Self; 2] = [Self::Check, Self::Reload];

    /// Returns the key of the kind.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Reload => "reload",
        }
    }

    /// Returns how long a call may take if the field does not say it.
    const fn default_within(self, start_within: Duration) -> Duration {
        match self {
            Self::Check => DEFAULT_CHECK_WITHIN,
            Self::Reload => start_within,
        }
    }
}

/// A value for each kind of call.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ByCall<T>([T; CallKind::ALL.len()]);

impl<T> ByCall<T> {
    pub(crate) const fn get(&self, kind: CallKind) -> &T {
        &self.0[kind as usize]
    }

    pub(crate) const fn get_mut(&mut self, kind: CallKind) -> &mut T {
        &mut self.0[kind as usize]
    }

    /// Returns the values with their kinds.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (CallKind, &T)> {
        CallKind::ALL.into_iter().zip(&self.0)
    }
}

impl<T> ByCall<Option<T>> {
    /// No value for any kind.
    pub(crate) const NONE: Self = Self([const { None }; CallKind::ALL.len()]);
}

impl ServicePlan {
    /// Returns how long a check of the service may take, if it has a `check`.
    #[must_use]
    pub const fn check_within(&self) -> Option<Duration> {
        self.call_within(CallKind::Check)
    }

    /// Returns whether the service has a `reload`.
    #[must_use]
    pub const fn reloads(&self) -> bool {
        self.call_within(CallKind::Reload).is_some()
    }

    /// Returns how long a call of this kind may take, if the service has one.
    #[doc(hidden)]
    #[must_use]
    pub const fn call_within(&self, kind: CallKind) -> Option<Duration> {
        *self.calls.get(kind)
    }

    /// Adds the call of a key, with the time that the field gives it.
    #[doc(hidden)]
    #[must_use]
    pub const fn called(mut self, kind: CallKind, within: Option<Duration>) -> Self {
        *self.calls.get_mut(kind) = Some(match within {
            Some(within) => within,
            None => kind.default_within(self.start_within),
        });
        self
    }
}

impl Plan {
    /// Returns the longest time of a call of this kind, nested groups included, if a service has one.
    pub(crate) fn longest_call(&self, kind: CallKind) -> Option<Duration> {
        let of = |service: &ServicePlan| {
            let nested = service.nested.and_then(|nested| nested.longest_call(kind));
            service.call_within(kind).into_iter().chain(nested).max()
        };
        self.services.iter().filter_map(of).max()
    }
}
