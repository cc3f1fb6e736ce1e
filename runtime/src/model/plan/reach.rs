//! The order of two services as a constant, for assertions over a plan at compile time.

use super::{Edge, Plan};

/// The services that a constant can mark: the size of an array has to be known there.
const MOST: usize = 4096;

impl Plan {
    /// Returns whether a service starts after another one, directly or through others: because of its dependencies, or of
    /// `start_after`.
    ///
    /// It is a `const fn`: a team can state what has to hold, and the compiler checks it.
    ///
    /// ```
    /// use service_group::{Task, service_group};
    ///
    /// #[service_group]
    /// struct App {
    ///     #[service(start = String::new(), stop = drop(store))]
    ///     store: String,
    ///     #[service(start = Task::spawn({ let store = store.clone(); |_| async { drop(store) } }))]
    ///     rpc: Task,
    ///     #[service(start = Task::spawn(|_| async {}), after(rpc))]
    ///     gateway: Task,
    /// }
    ///
    /// const _: () = assert!(App::PLAN.starts_after("gateway", "store"));
    /// const _: () = assert!(App::PLAN.stops_before("gateway", "store"));
    /// const _: () = assert!(App::PLAN.slowest_stop().as_secs() <= 15);
    /// ```
    ///
    /// # Panics
    ///
    /// If there is no service of one of these names: in a constant, a compile error. Also if there are more than 4,096
    /// services.
    #[must_use]
    #[track_caller]
    pub const fn starts_after(&self, service: &str, other: &str) -> bool {
        reaches(self, self.index_of(service), self.index_of(other), true)
    }

    /// Returns whether a service stops before another one, directly or through others: because it starts after the other
    /// one, or because of `stop_order`. It is a `const fn`, as [`starts_after`](Self::starts_after) is.
    ///
    /// # Panics
    ///
    /// As [`starts_after`](Self::starts_after).
    #[must_use]
    #[track_caller]
    pub const fn stops_before(&self, service: &str, other: &str) -> bool {
        reaches(self, self.index_of(service), self.index_of(other), false)
    }

    #[track_caller]
    const fn index_of(&self, name: &str) -> usize {
        let mut index = 0;
        while index < self.services.len() {
            if is_equal(self.services[index].name, name) {
                return index;
            }
            index += 1;
        }
        panic!("the plan has no service of that name")
    }
}

/// Returns whether a path of edges leads from one service to another, with those of `start_after`, or of `stop_order`.
///
/// Each edge leads to a service that is earlier in the order: one pass over the order, backwards, finds all paths.
const fn reaches(plan: &Plan, from: usize, to: usize, in_start: bool) -> bool {
    assert!(plan.services.len() <= MOST, "the plan has more than 4096 services");
    let mut reached = [false; MOST];
    let order = if in_start { plan.start_order } else { plan.order };
    let mut at = order.len();
    while at > 0 {
        at -= 1;
        let index = order[at];
        if index != from && !reached[index] {
            continue;
        }
        let service = &plan.services[index];
        // The edges of a service that is given order the stop alone.
        let dependencies: &[Edge] = if in_start && service.is_given { &[] } else { service.dependencies };
        let mut edge = 0;
        while edge < dependencies.len() {
            reached[dependencies[edge].service.index()] = true;
            edge += 1;
        }
        let own = if in_start { service.starts_after } else { service.stops_before };
        edge = 0;
        while edge < own.len() {
            reached[own[edge]] = true;
            edge += 1;
        }
    }
    reached[to]
}

const fn is_equal(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}
