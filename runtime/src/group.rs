//! The group as its own services see it.

use crate::plan::Plan;

/// A struct that `#[service_group]` describes.
pub trait ServiceGroup: Sized + Send + 'static {
    /// What the group consists of and how it stops.
    const PLAN: Plan;
}

/// The group itself, for its own services: health, status, and a way to stop it.
#[derive(Debug, Clone)]
pub struct GroupHandle {}
