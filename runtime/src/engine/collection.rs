//! Several services of a kind as one: vectors and maps.
//!
//! Their members are a group without edges, made while the program runs. All that the engine does for a service of a group,
//! it does for each member by the same code: windows, force, abort, details, outcomes.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;
use std::future::{Future, pending};
use std::sync::Arc;
use std::time::Duration;

use super::erased::{BoxFuture, MemberCells, ValueCell, boxed};
use super::{Completions, GroupCore, Selection, ServiceTable, StopParams};
use crate::model::{
    BoxError, GroupPhase, NestedFailure, Plan, ServiceName, ServicePlan, SharedError, StopCause,
};
use crate::service::plan::TypeOf;
use crate::service::{Finished, Service, ServiceContext, ServiceExit};
use crate::state::{FailedPart, GroupState, StopContext};
use crate::text::catch_panic;

/// A vector or a map of services.
trait Collection: Send + Sized + 'static {
    type Member: Service;
    /// Whether the collection has no order of its own: its members are in the order of their names.
    const IS_SORTED_BY_NAME: bool = false;

    fn names(&self) -> Vec<String>;
    /// In the order of the names.
    fn members(&self) -> impl Iterator<Item = &Self::Member>;
    /// In the same order.
    fn into_members(self) -> impl Iterator<Item = Self::Member>;
}

impl<S: Service> Collection for Vec<S> {
    type Member = S;

    fn names(&self) -> Vec<String> {
        (0..self.len()).map(|index| index.to_string()).collect()
    }

    fn members(&self) -> impl Iterator<Item = &S> {
        self.iter()
    }

    fn into_members(self) -> impl Iterator<Item = S> {
        self.into_iter()
    }
}

impl<K: Display + Send + 'static, S: Service> Collection for BTreeMap<K, S> {
    type Member = S;

    fn names(&self) -> Vec<String> {
        names_of(self.keys())
    }

    fn members(&self) -> impl Iterator<Item = &S> {
        self.values()
    }

    fn into_members(self) -> impl Iterator<Item = S> {
        self.into_values()
    }
}

impl<K: Display + Send + 'static, V: Service, H: Send + 'static> Collection for HashMap<K, V, H> {
    type Member = V;
    const IS_SORTED_BY_NAME: bool = true;

    fn names(&self) -> Vec<String> {
        names_of(self.keys())
    }

    fn members(&self) -> impl Iterator<Item = &V> {
        self.values()
    }

    // A map that has not changed since iterates in the same order again.
    fn into_members(self) -> impl Iterator<Item = V> {
        self.into_values()
    }
}

/// Returns the texts of keys, whose `Display` is foreign code.
pub(super) fn names_of<'a, K: Display + 'a>(keys: impl IntoIterator<Item = &'a K>) -> Vec<String> {
    let name = |key: &K| {
        catch_panic(|| key.to_string())
            .unwrap_or_else(|panic| format!("a key whose `Display` panicked: {panic}"))
    };
    keys.into_iter().map(name).collect()
}

/// Implements [`Service`] for a collection.
macro_rules! service {
    ($(#[$doc:meta])* [$($generics:tt)*] $collection:ty) => {
        $(#[$doc])*
        #[diagnostic::do_not_recommend]
        impl<S: Service, $($generics)*> Service for $collection {
            const STOP_WITHIN: Duration = S::STOP_WITHIN;
            const NESTED: Option<&'static Plan> = S::NESTED;
            const HOLDS_ANY: bool = true;

            fn attach(&self, context: &ServiceContext) -> Finished {
                attach(self, context)
            }

            fn finished(&self) -> impl Future<Output = ServiceExit> + Send + 'static {
                let members = Arc::new(alone(self, None));
                let finished = self.members().map(|member| boxed(member.finished()));
                let finished = members.positions().iter().copied().zip(finished).collect();
                watch(members, finished, None)
            }

            async fn stop(self, context: StopContext) -> Result<(), BoxError> {
                stop(self, context).await
            }
        }
    };
}

service! {
    /// Several services of a kind: `listeners[0]`, `listeners[1]`. All stop at the same time, in the window of the field.
    [] Vec<S>
}
service! {
    /// Several services by a key: `consumers[orders]`. All stop at the same time, in the window of the field.
    [K: Display + Send + 'static] BTreeMap<K, S>
}
service! {
    /// Several services by a key, in the order of their names. All stop at the same time, in the window of the field.
    [K: Display + Send + 'static, H: Send + 'static] HashMap<K, S, H>
}

/// Returns the plan of the members of a service, and the index of each value.
fn plan_of<C: Collection>(collection: &C, service: &ServicePlan) -> (Plan, Vec<usize>) {
    let mut names = collection.names();
    let mut positions: Vec<_> = (0..names.len()).collect();
    if C::IS_SORTED_BY_NAME {
        let mut sorted = positions.clone();
        sorted.sort_by(|&left, &right| names[left].cmp(&names[right]));
        for (position, &index) in sorted.iter().enumerate() {
            positions[index] = position;
        }
        names.sort();
    }
    let member = (C::Member::NESTED, C::Member::HOLDS_ANY);
    (Plan::of_members(service, names, member), positions)
}

/// Returns the plan of a service without a field: its members are named `[0]`, `[1]`.
pub(super) fn unnamed<S: Service>() -> ServicePlan {
    ServicePlan::of("", &[], &[], None, None, TypeOf::<S>::WINDOW)
}

/// Returns the state of the members of a collection that a service of the user's own type contains.
fn alone<C: Collection>(collection: &C, of: Option<&ServicePlan>) -> GroupState {
    let (plan, positions) = plan_of(collection, &of.cloned().unwrap_or_else(unnamed::<C::Member>));
    GroupState::new(plan, None).at_positions(positions)
}

fn attach<C: Collection>(collection: &C, context: &ServiceContext) -> Finished {
    let (outer, index) = context.place();
    let (plan, positions) = plan_of(collection, context.plan());
    let started = outer.members_at(index);
    let members = Arc::new(GroupState::of_members(plan, positions, outer, started.as_deref()));
    let mut finished = Vec::new();
    for (&index, member) in members.positions().iter().zip(collection.members()) {
        let member_context = ServiceContext::new(Arc::clone(&members), index);
        if let Some(end) = member.attach(&member_context).awaited() {
            finished.push((index, end));
        }
        if let Some(refusal) = member_context.take_refusal() {
            let failure = NestedFailure::new(member_context.name().into(), refusal);
            context.refuse(failure.into_shared().into());
        }
        members.set_attached(index);
    }
    context.set_nested(&members);
    members.enter(GroupPhase::Running);
    if members.are_members_absent() {
        context.set_absent();
        return Finished::never();
    }
    Finished::of(watch(members, finished, Some(context.clone())))
}

/// Watches the members until they are done, or one of them ends the group. In a group, those that are left are watched until
/// the future is dropped: it then records a failure itself, and does not return.
async fn watch(
    members: Arc<GroupState>,
    finished: Vec<(usize, BoxFuture<ServiceExit>)>,
    context: Option<ServiceContext>,
) -> ServiceExit {
    let completions = Completions::watch(&members);
    for (index, finished) in finished {
        completions.add(index, finished);
    }
    let (mut changes, mut ended) = (members.subscribe(), 0);
    let end = loop {
        match members.cause() {
            Some(StopCause::Failed { service, error }) => break End::Failed(service.clone(), error.clone()),
            Some(StopCause::Ended { service }) => break End::StopGroup(service.clone()),
            // The group stops.
            Some(_) => return pending().await,
            None if members.have_members_ended(&mut ended) => {
                let failed = members.failed_member();
                break failed.map_or(End::Done, |(member, error)| End::Failed(member, error));
            }
            // There is no error: the members own the sender.
            None => drop(changes.changed().await),
        }
    };
    match (end, context) {
        (End::Done, _) => ServiceExit::Done,
        (End::StopGroup(_), None) => ServiceExit::StopGroup,
        (End::Failed(member, error), None) => {
            ServiceExit::Failed(NestedFailure::new(member, error).into_shared().into())
        }
        (End::StopGroup(member), Some(context)) => {
            let (group, index) = context.place();
            group.end_group(index, member);
            pending().await
        }
        (End::Failed(member, error), Some(context)) => {
            let (group, index) = context.place();
            let failure = NestedFailure::new(member.clone(), error.clone()).into_shared();
            group.fail(index, failure, FailedPart { name: member, error });
            pending().await
        }
    }
}

/// How the members have ended by themselves, or which of them ended the others.
enum End {
    Done,
    StopGroup(ServiceName),
    Failed(ServiceName, SharedError),
}

async fn stop<C: Collection>(collection: C, context: StopContext) -> Result<(), BoxError> {
    let count = collection.members().count();
    let place = context.service();
    let attached = place.and_then(|service| service.members.clone()?.downcast::<GroupState>().ok());
    let attached = attached.filter(|members| members.plan.services().len() == count);
    let members = attached.unwrap_or_else(|| {
        let of = place.map(|service| service.plan);
        Arc::new(alone(&collection, of).emitting_to(context.events().clone()))
    });
    members.request_stop(context.cause().clone());
    let cells = MemberCells::empty(count);
    for (&index, member) in members.positions().iter().zip(collection.into_members()) {
        cells.0[index].put(member);
    }
    let core =
        GroupCore { group: members, services: Arc::new(cells), selection: Arc::new(Selection::default()) };
    let report = super::stop(ServiceTable::started(core), StopParams::nested(&context)).await;
    context.detail(report);
    Ok(())
}
