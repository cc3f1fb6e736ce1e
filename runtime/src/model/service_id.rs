//! The keys of a service in its group: its id, and a key that is either an id or a name.

use super::ServiceName;

/// The id of a service in its group: the position of its field.
///
/// Ids of one group compare and sort by that position. An id has no meaning in another group.
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

/// The key by which a service is looked up: an id or a name.
///
/// Look-ups take anything that converts into it: `plan.service("store")`, `report.service(edge.service)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ServiceKey<'a> {
    /// The id of the service.
    Id(ServiceId),
    /// The name of the service.
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
    /// Returns whether the key belongs to the service with this id and name.
    pub(crate) fn matches(&self, id: ServiceId, name: &str) -> bool {
        match *self {
            Self::Id(own) => own == id,
            Self::Name(own) => own == name,
        }
    }
}
