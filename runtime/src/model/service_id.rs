//! How code names a service: by its place in the plan, or by its name.

use super::ServiceName;

/// A service of one group: its place among the fields.
///
/// Ids of one group compare and sort by that place. An id of another group names nothing in this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServiceId(usize);

impl ServiceId {
    pub(crate) const fn new(index: usize) -> Self {
        Self(index)
    }

    /// Returns the index of the service in [`Plan::services`](crate::Plan::services).
    #[must_use]
    pub const fn index(self) -> usize {
        self.0
    }
}

/// What a service is looked up by: an id or a name.
///
/// Look-ups take anything that converts into it: `plan.service("store")`, `report.service(edge.service)`.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum ServiceKey<'a> {
    /// Its place among the fields.
    Id(ServiceId),
    /// Its name.
    Name(&'a str),
}

impl From<ServiceId> for ServiceKey<'_> {
    fn from(id: ServiceId) -> Self {
        Self::Id(id)
    }
}

impl<'a> From<&'a str> for ServiceKey<'a> {
    fn from(name: &'a str) -> Self {
        Self::Name(name)
    }
}

impl<'a> From<&'a String> for ServiceKey<'a> {
    fn from(name: &'a String) -> Self {
        Self::Name(name)
    }
}

impl<'a> From<&'a ServiceName> for ServiceKey<'a> {
    fn from(name: &'a ServiceName) -> Self {
        Self::Name(name)
    }
}

impl ServiceKey<'_> {
    /// Returns whether the service of this id and name is meant.
    pub(crate) fn matches(&self, id: ServiceId, name: &str) -> bool {
        match *self {
            Self::Id(own) => own == id,
            Self::Name(own) => own == name,
        }
    }
}
