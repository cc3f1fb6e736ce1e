//! Groups whose shape and behaviour a test chooses while it runs, on the engine of annotated structs.

use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use service_group::dynamic::CallKind;
use service_group::plan::{Edge, EdgeKind, ServicePlan};
use service_group::{BoxError, GroupHandle, Key, Plan, Runner, ServiceExit, StopContext, dynamic};
use tokio::time::{Instant, sleep};

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What a start or a stop does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// It takes so long.
    Takes(Duration),
    /// It returns an error after so long.
    Fails(Duration),
    /// It panics after so long.
    Panics(Duration),
    /// It never ends.
    Hangs,
}

/// One service of a scripted group.
#[derive(Debug, Clone)]
pub struct Service {
    /// The services, by index, that it needs: smaller than its own, so that there is no cycle.
    pub needs: Vec<usize>,
    /// The services, by index, that it stops before by `stop_order`.
    pub stops_before: Vec<usize>,
    /// What its start does.
    pub start: Act,
    /// What its stop does.
    pub stop: Act,
    /// Its own `stop_within`.
    pub cap: Option<Duration>,
    /// The services, by index, that it starts after by `start_after`: smaller than its own.
    pub start_after: Vec<usize>,
    /// With `retry`, how many attempts to start it fail before it does what `start` says.
    pub failed_attempts: Option<u32>,
    /// Whether a value is put in place of its start.
    pub is_replaced: bool,
    /// Whether its value is given.
    pub is_given: bool,
    /// When it fails while it runs. It may fail then.
    pub fails_after: Option<Duration>,
    /// What its calls do, by the index of their kind.
    pub calls: [Option<Act>; CallKind::ALL.len()],
}

impl Service {
    /// A service that starts at once and takes so long to stop.
    #[must_use]
    pub fn new(needs: Vec<usize>, stop: Duration) -> Self {
        let start = Act::Takes(Duration::ZERO);
        Self {
            needs,
            stops_before: Vec::new(),
            start,
            stop: Act::Takes(stop),
            cap: None,
            start_after: Vec::new(),
            failed_attempts: None,
            is_replaced: false,
            is_given: false,
            fails_after: None,
            calls: [None; CallKind::ALL.len()],
        }
    }
}

/// What happened to a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Its start began.
    Starts(usize),
    /// Its value exists.
    Started(usize),
    /// It was asked to stop.
    StopRequest(usize),
    /// Its value is gone.
    Gone(usize),
}

/// All that happened, with the moments.
#[derive(Debug, Clone, Default)]
pub struct History(Arc<Mutex<Vec<(Instant, Event)>>>);

impl History {
    fn note(&self, event: Event) {
        self.lock().push((Instant::now(), event));
    }

    /// The events so far, in their order.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.lock().iter().map(|(_, event)| *event).collect()
    }

    /// How often the event happened.
    #[must_use]
    pub fn count(&self, event: Event) -> usize {
        self.lock().iter().filter(|(_, seen)| *seen == event).count()
    }

    /// The place of an event among all, if it happened.
    #[must_use]
    pub fn place(&self, event: Event) -> Option<usize> {
        self.lock().iter().position(|(_, seen)| *seen == event)
    }

    /// When the event happened for the first time.
    #[must_use]
    pub fn when(&self, event: Event) -> Option<Instant> {
        self.lock().iter().find(|(_, seen)| *seen == event).map(|(at, _)| *at)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(Instant, Event)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The value of a service. It records its stop and its drop.
#[derive(Debug)]
struct Value {
    index: usize,
    stop: Act,
    fails_after: Option<Duration>,
    history: History,
}

impl service_group::Service for Value {
    fn finished(&self) -> impl Future<Output = ServiceExit> + Send + 'static {
        let after = self.fails_after;
        async move {
            match after {
                Some(after) => sleep(after).await,
                None => pending().await,
            }
            ServiceExit::Failed("scripted failure".into())
        }
    }

    async fn stop(self, _context: StopContext) -> Result<(), BoxError> {
        self.history.note(Event::StopRequest(self.index));
        act(self.stop).await
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        self.history.note(Event::Gone(self.index));
    }
}

/// Returns a runner for a group of these services with that budget, and the history that it will fill.
pub fn scripted(services: Vec<Service>, stop_within: Duration) -> (Runner<()>, History) {
    scripted_with(services, stop_within, |_| {})
}

/// The same, with something to do with the group's handle before the first start.
///
/// # Panics
///
/// If the script has a cycle.
pub fn scripted_with(
    services: Vec<Service>,
    stop_within: Duration,
    first: impl FnOnce(GroupHandle) + Send + 'static,
) -> (Runner<()>, History) {
    let history = History::default();
    let (noted, values) = (history.clone(), services.clone());
    let plan = plan(&services, stop_within);
    let calls: Vec<_> = services.iter().map(|service| service.calls).collect();
    let call = move |index: usize, kind| -> BoxFuture<Result<(), BoxError>> {
        Box::pin(act(calls[index][kind as usize].unwrap_or(Act::Hangs)))
    };
    let attempts: Vec<_> = services.iter().map(|_| AtomicU32::new(0)).collect();
    let given = values.iter().enumerate().filter(|(_, service)| service.is_given);
    let given: Vec<_> = given.map(|(index, service)| (index, Value::new(index, service, &history))).collect();
    let runner = dynamic::runner_with_calls(plan, given, call, move |handle| {
        first(handle);
        move |index| {
            let attempt = attempts[index].fetch_add(1, Ordering::Relaxed);
            start(index, attempt, &services[index], noted.clone())
        }
    });
    let replaced = values.iter().enumerate().filter(|(_, service)| service.is_replaced);
    let runner = replaced.fold(runner, |runner, (index, service)| {
        runner.replace(Key::<(), Value>::new(index), Value::new(index, service, &history))
    });
    (runner, history)
}

impl Value {
    fn new(index: usize, service: &Service, history: &History) -> Self {
        Self { index, stop: service.stop, fails_after: service.fails_after, history: history.clone() }
    }
}

fn start(
    index: usize,
    attempt: u32,
    service: &Service,
    history: History,
) -> impl Future<Output = Result<Value, BoxError>> + Send + use<> {
    let service = service.clone();
    async move {
        history.note(Event::Starts(index));
        if service.failed_attempts.is_some_and(|failed| attempt < failed) {
            return Err("scripted failure".into());
        }
        act(service.start).await?;
        history.note(Event::Started(index));
        Ok(Value::new(index, &service, &history))
    }
}

/// Every service as its own field would be planned; indices are an order, since needs are smaller.
fn plan(services: &[Service], stop_within: Duration) -> Plan {
    let plans = services.iter().enumerate().map(|(index, service)| {
        let needs: Vec<_> = service.needs.iter().map(|&needed| Edge::new(needed, EdgeKind::Use)).collect();
        let name = &*format!("s{index}").leak();
        let stops_before = service.stops_before.clone().leak();
        let mut plan = ServicePlan::with_stop(name, needs.leak(), stops_before, None, service.cap);
        if !service.start_after.is_empty() {
            plan = plan.starting_after(service.start_after.clone().leak());
        }
        if service.failed_attempts.is_some() {
            plan = plan.retrying(1_000_000, 20_000_000);
        }
        if service.is_given {
            plan = plan.given();
        }
        if service.fails_after.is_some() {
            plan = plan.that_may_fail();
        }
        for kind in CallKind::ALL.into_iter().filter(|kind| service.calls[*kind as usize].is_some()) {
            plan = plan.called(kind, None);
        }
        plan
    });
    // Needs and `start_after` are smaller, so that the indices are an order of the start.
    let start_order: Vec<_> = (0..services.len()).collect();
    Plan::leaked("Scripted", Some(stop_within), None, plans.collect(), order(services))
        .starting_in(start_order.leak())
}

/// A start order that honours `stops_before` too.
fn order(services: &[Service]) -> Vec<usize> {
    let mut order = Vec::with_capacity(services.len());
    while order.len() < services.len() {
        let is_next = |index: &usize| {
            let service = &services[*index];
            !order.contains(index)
                && service.needs.iter().chain(&service.stops_before).all(|later| order.contains(later))
        };
        // Groups of many services have no `stops_before`: there the first try is right.
        let next = Some(order.len()).filter(is_next).or_else(|| (0..services.len()).find(is_next));
        order.push(next.expect("the script has no cycle"));
    }
    order
}

async fn act(act: Act) -> Result<(), BoxError> {
    match act {
        Act::Takes(time) => {
            // A sleep of nothing still waits for the next tick of the clock.
            if !time.is_zero() {
                sleep(time).await;
            }
            Ok(())
        }
        Act::Fails(time) => {
            sleep(time).await;
            Err("scripted failure".into())
        }
        Act::Panics(time) => {
            sleep(time).await;
            panic!("scripted panic")
        }
        Act::Hangs => pending().await,
    }
}

/// Runs a test on a clock of its own that jumps to the next timer whenever all tasks wait.
///
/// # Panics
///
/// When the test does.
pub fn paused<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime can be built").block_on(test)
}
