//! The trait of a group's struct, which carries its plan.

use crate::model::Plan;

/// A struct that [`#[service_group]`](macro@crate::service_group) describes.
pub trait ServiceGroup: Sized + Send + 'static {
    /// The plan of the group: its services, their order, and their windows.
    const PLAN: Plan;
}
