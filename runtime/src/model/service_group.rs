//! The trait of annotated structs.

use super::Plan;

/// A struct with the attribute [`#[service_group]`](macro@crate::service_group), which implements this.
///
/// The trait is sealed: the attribute alone implements it.
pub trait ServiceGroup: SealedGroup + Sized + 'static {
    /// What the group consists of, and how it starts and stops.
    const PLAN: Plan;
}

/// Implemented by the attribute together with [`ServiceGroup`].
#[doc(hidden)]
pub trait SealedGroup {}
