//! What can go wrong in one service, and when a stop can be requested.

use std::fmt;
use std::marker::PhantomData;

use super::fault_kind::FaultKind;
use crate::model::{Plan, ServiceId, ServicePlan};

/// The indices of a service: of its field, and before that of the fields of the groups around it.
pub(super) type Path = Vec<usize>;

/// A fault in one service of the group `A`.
///
/// Each fault has a function that constructs it, and displays as a sentence: ``the stop of `store` hangs`` needs the name of
/// the service, which [`Case`](super::Case) knows.
///
/// ```
/// use service_group::testing::{Fault, FaultKind};
/// use service_group::{Task, service_group};
///
/// #[service_group]
/// struct App {
///     #[service(start = Task::spawn(async |stop| drop(stop.requested().await)))]
///     worker: Task,
/// }
///
/// let fault = Fault::stop_hangs(App::KEYS.worker.id());
/// assert_eq!(fault.kind(), FaultKind::StopHangs);
/// ```
pub struct Fault<A: ?Sized> {
    pub(super) spec: Spec,
    group: PhantomData<fn() -> Box<A>>,
}

/// A fault without the type of its group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spec {
    pub(super) path: Path,
    pub(super) kind: FaultKind,
}

impl Spec {
    /// Returns the services on the path, the outermost first.
    pub(super) fn services(&self, plan: &Plan) -> Vec<(&'static str, &'static ServicePlan)> {
        services_on(&self.path, plan)
    }

    /// Returns whether the whole group stops when the fault strikes.
    pub(super) fn stops_group(&self, plan: &Plan) -> bool {
        self.kind == FaultKind::Fails && !self.services(plan).iter().any(|(_, service)| service.may_fail())
    }

    pub(super) fn sentence(&self, plan: &Plan) -> String {
        self.kind.sentence(&name_of(&self.path, plan))
    }

    /// Returns the expression that constructs the fault.
    pub(super) fn expression(&self, plan: &Plan) -> String {
        let mut keys = self.services(plan).into_iter().rev();
        let key = |(group, service): (&str, &ServicePlan)| format!("{group}::KEYS.{}.id()", service.name());
        let own = keys.next().map(key).unwrap_or_default();
        let fault = format!("Fault::{}({own})", self.kind.constructor());
        keys.fold(fault, |fault, outer| format!("{fault}.inside({})", key(outer)))
    }
}

/// Returns the services on a path, each with the name of its group.
pub(super) fn services_on(path: &[usize], plan: &Plan) -> Vec<(&'static str, &'static ServicePlan)> {
    let (mut group, mut services) = ((plan.name(), plan.services()), Vec::new());
    for &index in path {
        let Some(service) = group.1.get(index) else { break };
        services.push((group.0, service));
        let Some(nested) = service.nested() else { break };
        group = (nested.name(), nested.services());
    }
    services
}

/// Returns the name of the service at a path: `storage.index`.
pub(super) fn name_of(path: &[usize], plan: &Plan) -> String {
    let names: Vec<_> = services_on(path, plan).into_iter().map(|(_, service)| service.name()).collect();
    names.join(".")
}

macro_rules! constructors {
    ($($name:ident => $kind:ident;)+) => {$(
        #[doc = concat!("Returns the fault [`FaultKind::", stringify!($kind), "`] of a service.")]
        #[must_use]
        pub fn $name(service: ServiceId<A>) -> Self {
            Self::new(FaultKind::$kind, service)
        }
    )+};
}

impl<A: ?Sized> Fault<A> {
    /// Returns the fault of this kind in a service.
    #[must_use]
    pub fn new(kind: FaultKind, service: ServiceId<A>) -> Self {
        Self::of(Spec { path: vec![service.index()], kind })
    }

    pub(super) fn of(spec: Spec) -> Self {
        Self { spec, group: PhantomData }
    }

    constructors! {
        start_fails => StartFails;
        start_panics => StartPanics;
        start_hangs => StartHangs;
        stop_before_start => StopBeforeStart;
        stop_during_start => StopDuringStart;
        stop_after_start => StopAfterStart;
        ends_early => EndsEarly;
        fails => Fails;
        stop_fails => StopFails;
        stop_panics => StopPanics;
        stop_hangs => StopHangs;
        stop_waits_for_force => StopWaitsForForce;
        forced_during_stop => ForcedDuringStop;
    }

    /// Returns the same fault as one of the group `B`, in which the group `A` is the service `outer`.
    #[must_use]
    pub fn inside<B: ?Sized>(self, outer: ServiceId<B>) -> Fault<B> {
        let path = std::iter::once(outer.index()).chain(self.spec.path).collect();
        Fault::of(Spec { path, kind: self.spec.kind })
    }

    /// Returns what the fault does.
    #[must_use]
    pub fn kind(&self) -> FaultKind {
        self.spec.kind
    }
}

impl<A: ?Sized> Clone for Fault<A> {
    fn clone(&self) -> Self {
        Self::of(self.spec.clone())
    }
}

impl<A: ?Sized> PartialEq for Fault<A> {
    fn eq(&self, other: &Self) -> bool {
        self.spec == other.spec
    }
}

impl<A: ?Sized> Eq for Fault<A> {}

impl<A: ?Sized> fmt::Debug for Fault<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Fault").field(&self.spec.kind).field(&self.spec.path).finish()
    }
}
