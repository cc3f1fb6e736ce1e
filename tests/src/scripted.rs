//! Groups whose shape and behaviour a test chooses while it runs, on the engine of annotated structs.

use std::future::{Future, pending};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use service_group::plan::{Edge, EdgeKind, ServicePlan};
use service_group::{BoxError, GroupHandle, Plan, Runner, StopContext, dynamic};
use tokio::time::{Instant, sleep};

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
}

impl Service {
    /// A service that starts at once and takes so long to stop.
    #[must_use]
    pub fn new(needs: Vec<usize>, stop: Duration) -> Self {
        let start = Act::Takes(Duration::ZERO);
        Self { needs, stops_before: Vec::new(), start, stop: Act::Takes(stop), cap: None }
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
    history: History,
}

impl service_group::Service for Value {
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
    let noted = history.clone();
    let plan = plan(&services, stop_within);
    let runner = dynamic::runner(plan, move |handle| {
        first(handle);
        move |index| start(index, &services[index], noted.clone())
    });
    (runner, history)
}

fn start(
    index: usize,
    service: &Service,
    history: History,
) -> impl Future<Output = Result<Value, BoxError>> + Send + use<> {
    let (start, stop) = (service.start, service.stop);
    async move {
        history.note(Event::Starts(index));
        act(start).await?;
        history.note(Event::Started(index));
        Ok(Value { index, stop, history })
    }
}

/// Every service as its own field would be planned; indices are an order, since needs are smaller.
fn plan(services: &[Service], stop_within: Duration) -> Plan {
    let plans = services.iter().enumerate().map(|(index, service)| {
        let needs: Vec<_> = service.needs.iter().map(|&needed| Edge::new(needed, EdgeKind::Use)).collect();
        let name = &*format!("s{index}").leak();
        ServicePlan::with_stop(name, needs.leak(), service.stops_before.clone().leak(), None, service.cap)
    });
    Plan::leaked("Scripted", Some(stop_within), None, plans.collect(), order(services))
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
