//! The keys of a service in its group: its id, a key that knows its type, and a key for look-ups.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use super::ServiceName;

/// The id of a service in its group: the position of its field.
///
/// Ids compare and sort by that position. An id has no meaning in another group. `ServiceId<App>` is one that names its
/// group: [`Key::id`] returns it.
pub struct ServiceId<A: ?Sized = ()> {
    index: usize,
    group: PhantomData<fn() -> Box<A>>,
}

impl ServiceId {
    pub(crate) const fn new(index: usize) -> Self {
        Self::of_index(index)
    }
}

impl<A: ?Sized> ServiceId<A> {
    const fn of_index(index: usize) -> Self {
        Self { index, group: PhantomData }
    }

    /// Returns the index of the service in [`Plan::services`](crate::Plan::services).
    #[must_use]
    pub const fn index(self) -> usize {
        self.index
    }
}

impl<A: ?Sized> Clone for ServiceId<A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A: ?Sized> Copy for ServiceId<A> {}

impl<A: ?Sized, B: ?Sized> PartialEq<ServiceId<B>> for ServiceId<A> {
    fn eq(&self, other: &ServiceId<B>) -> bool {
        self.index == other.index
    }
}

impl<A: ?Sized> Eq for ServiceId<A> {}

impl<A: ?Sized> PartialOrd for ServiceId<A> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<A: ?Sized> Ord for ServiceId<A> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.index.cmp(&other.index)
    }
}

impl<A: ?Sized> Hash for ServiceId<A> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.index.hash(state);
    }
}

impl<A: ?Sized> fmt::Debug for ServiceId<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ServiceId").field(&self.index).finish()
    }
}

/// The key of one service: it knows the group and the type of the field.
///
/// The macro writes one for each service: `App::KEYS.store` is a `Key<App, Store>`, as visible as the field.
///
/// ```
/// use service_group::{Key, Task, service_group};
///
/// #[service_group]
/// struct App {
///     #[service(start = Task::spawn(|_| async {}))]
///     worker: Task,
/// }
///
/// let key: Key<App, Task> = App::KEYS.worker;
/// assert_eq!(App::PLAN.service(key).unwrap().name(), "worker");
/// ```
pub struct Key<A: ?Sized, S: ?Sized> {
    id: ServiceId<A>,
    service: PhantomData<fn() -> Box<S>>,
}

impl<A: ?Sized, S: ?Sized> Key<A, S> {
    /// Called by generated code.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(index: usize) -> Self {
        Self { id: ServiceId::of_index(index), service: PhantomData }
    }

    /// Returns the id of the service.
    #[must_use]
    pub const fn id(self) -> ServiceId<A> {
        self.id
    }
}

impl<A: ?Sized, S: ?Sized> Clone for Key<A, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A: ?Sized, S: ?Sized> Copy for Key<A, S> {}

impl<A: ?Sized, S: ?Sized> fmt::Debug for Key<A, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Key").field(&self.id.index).finish()
    }
}

/// The key by which a service is looked up: an id or a name.
///
/// Look-ups take anything that converts into it: `plan.service("store")`, `report.service(edge.service)`,
/// `status.service(App::KEYS.store)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ServiceKey<'a> {
    /// The id of the service.
    Id(ServiceId),
    /// The name of the service.
    Name(&'a str),
}

impl<A: ?Sized> From<ServiceId<A>> for ServiceKey<'_> {
    fn from(id: ServiceId<A>) -> Self {
        Self::Id(ServiceId::new(id.index))
    }
}

impl<A: ?Sized, S: ?Sized> From<Key<A, S>> for ServiceKey<'_> {
    fn from(key: Key<A, S>) -> Self {
        key.id.into()
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
