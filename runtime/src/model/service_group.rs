//! The trait that marks a group.

use crate::model::Plan;

/// A struct that [`#[service_group]`](macro@crate::service_group) describes.
pub trait ServiceGroup: Sized + Send + 'static {
    /// What the group consists of and how it stops.
    const PLAN: Plan;
}
