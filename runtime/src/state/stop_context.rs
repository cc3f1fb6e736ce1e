//! What a service sees of a stop: how much time it has, when to cut, and why.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::ops::Range;
use std::sync::{Arc, Mutex, Weak, mpsc};
use std::thread;
use std::time::Duration;

use tokio::sync::SetOnce;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::model::{Detail, FAR, ServicePlan, StopCause};
use crate::sync::lock;
use crate::text::catch_panic;
use crate::text::events::EventSink;

/// How long before the end of a window its service is forced at most, and otherwise a tenth of the window before.
const FORCE_LEAD_MAX: Duration = Duration::from_millis(500);

/// How long a driver waits for the details of a stop that is stuck.
const DETAILS_LIMIT: Duration = Duration::from_millis(50);

/// The stop of one service, as that service sees it. Clones are handles of the same stop.
///
/// ```
/// use service_group::{BoxError, Service, StopContext};
///
/// struct Pool;
///
/// impl Pool {
///     async fn wait_idle(&self) {}
/// }
///
/// impl Service for Pool {
///     async fn stop(self, context: StopContext) -> Result<(), BoxError> {
///         tokio::select! {
///             () = self.wait_idle() => {}
///             () = context.forced() => context.detail("closed with connections in use"),
///         }
///         Ok(())
///     }
/// }
/// ```
#[derive(Clone)]
pub struct StopContext {
    inner: Arc<Inner>,
}

/// Keeps a service counted as not ended: [`StopContext::hold`].
#[derive(Clone)]
pub struct Hold {
    _held: Option<Arc<dyn Send + Sync>>,
}

impl StopContext {
    /// Returns a stop that ends after `window`, outside of a group: for tests of a [`Service`](crate::Service) by itself.
    ///
    /// [`forced`](Self::forced) resolves when [`force`](Self::force) is called, and not by time.
    #[must_use]
    pub fn within(window: Duration) -> Self {
        let alone: Arc<dyn Send + Sync> = Arc::new(());
        let window = window.min(FAR);
        let inner = Inner {
            deadline: Mutex::new(Instant::now() + window),
            force_lead: force_lead(window),
            cause: StopCause::Requested,
            forced: SetOnce::new(),
            group_forced: CancellationToken::new(),
            events: EventSink::default(),
            details: Mutex::default(),
            hold: Arc::downgrade(&alone),
            alone: Some(alone),
            service: None,
        };
        Self { inner: Arc::new(inner) }
    }

    /// Returns the stop of a service of a group. While anything has `hold`, the service counts as not ended.
    pub(crate) fn new(
        window: Range<Instant>,
        cause: StopCause,
        group_forced: CancellationToken,
        events: EventSink,
        service: StoppedService,
        hold: Weak<impl Send + Sync + 'static>,
    ) -> Self {
        let inner = Inner {
            deadline: Mutex::new(window.end),
            force_lead: force_lead(window.end - window.start),
            cause,
            forced: SetOnce::new(),
            group_forced,
            events,
            details: Mutex::default(),
            hold,
            alone: None,
            service: Some(service),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Returns when the window ends. A second signal brings it forward; time in which the process did not run, suspended for
    /// example, moves it back.
    ///
    /// The clock is tokio's, so that tests can pause it.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        *lock(&self.inner.deadline)
    }

    /// Returns what is left of the window; zero after its end.
    #[must_use]
    pub fn time_remaining(&self) -> Duration {
        self.deadline().saturating_duration_since(Instant::now())
    }

    /// Resolves when the service has to cut what is left and return: a tenth of the window before its end, at most 500 ms,
    /// or at once on a second signal.
    ///
    /// # Cancel safety
    ///
    /// The future can be dropped and created again at any time.
    pub fn forced(&self) -> impl Future<Output = ()> + Send + 'static {
        let inner = Arc::clone(&self.inner);
        async move {
            inner.forced.wait().await;
        }
    }

    /// Returns the time until the window forces the service: [`forced`](Self::forced). Zero after that.
    ///
    /// A service that wants to act before it has to cut, to answer what waits in a queue for example, sleeps less than this.
    /// It asks again after the sleep, since the window can move: [`deadline`](Self::deadline).
    #[must_use]
    pub fn time_until_forced(&self) -> Duration {
        if self.is_forced() {
            Duration::ZERO
        } else {
            self.time_remaining().saturating_sub(self.inner.force_lead)
        }
    }

    /// Returns whether [`forced`](Self::forced) has resolved.
    #[must_use]
    pub fn is_forced(&self) -> bool {
        self.inner.forced.initialized()
    }

    /// Returns why the group stops.
    #[must_use]
    pub fn cause(&self) -> &StopCause {
        &self.inner.cause
    }

    /// Adds a detail to the report of this service.
    pub fn detail(&self, detail: impl Into<Detail>) {
        lock(&self.inner.details).push(DetailSource::Fixed(detail.into()));
    }

    /// Adds a detail that is computed when the report is written: it is right then even if the stop of this service
    /// hangs, or was dropped before it returned. `None` adds nothing.
    ///
    /// The function runs in the task of the stop, or on a thread if that task is stuck. If it panics, the report says so.
    pub fn detail_from(&self, source: impl Fn() -> Option<Detail> + Send + Sync + 'static) {
        lock(&self.inner.details).push(DetailSource::Live(Box::new(source)));
    }

    /// Adds a detail whose source neither blocks nor calls user code, so that a driver can call it. It needs no thread if the
    /// stop is stuck, which a busy machine may be late to run.
    pub(crate) fn prompt_detail_from(&self, source: impl Fn() -> Option<Detail> + Send + Sync + 'static) {
        lock(&self.inner.details).push(DetailSource::Prompt(Box::new(source)));
    }

    /// Runs code that emits a `tracing` event, so that no subscriber can hold up the stop.
    ///
    /// In a [`run`](crate::Runner::run), a thread for events runs it, in the order of the calls, and with the subscriber
    /// that was current when the run began. Elsewhere it runs in place. A panic of the subscriber is caught.
    ///
    /// ```
    /// # fn log(context: &service_group::StopContext, connections: usize) {
    /// context.emit(move || tracing::info!(connections, "draining"));
    /// # }
    /// ```
    pub fn emit(&self, event: impl FnOnce() + Send + 'static) {
        self.inner.events.emit(event);
    }

    /// Resolves [`forced`](Self::forced), as the end of a window does: for tests of a service by itself.
    pub fn force(&self) {
        // An error means that it was forced before.
        let _ = self.inner.forced.set(());
    }

    /// Resolves [`forced`](Self::forced) and moves the deadline to `remaining` from now, unless it is earlier: what a
    /// second signal does, for tests of a service by itself.
    pub fn force_within(&self, remaining: Duration) {
        let deadline = Instant::now() + remaining.min(FAR);
        {
            let mut current = lock(&self.inner.deadline);
            *current = deadline.min(*current);
        }
        self.force();
    }

    /// Returns when a window that has just begun forces its service.
    pub(crate) fn force_time(&self) -> Instant {
        self.deadline() - self.inner.force_lead
    }

    /// Forces the service, and leaves it the time that its window has between force and end.
    pub(crate) fn force_early(&self) {
        self.force_within(self.inner.force_lead);
    }

    /// Moves the end of the window by a time in which the process did not run.
    pub(crate) fn postpone(&self, suspended: Duration) {
        *lock(&self.inner.deadline) += suspended;
    }

    /// Returns the service, if there is a group.
    pub(crate) fn service(&self) -> Option<&StoppedService> {
        self.inner.service.as_ref()
    }

    /// Returns where the events of the group go.
    pub(crate) fn events(&self) -> &EventSink {
        &self.inner.events
    }

    /// Cancelled by a second signal: a nested group passes it on.
    pub(crate) fn group_forced(&self) -> &CancellationToken {
        &self.inner.group_forced
    }

    /// Removes and returns the details so far: what the report of a group contains, for tests of a
    /// [`Service`](crate::Service) by itself.
    #[must_use]
    pub fn take_details(&self) -> Vec<Detail> {
        // A separate statement: no source runs under the lock.
        let sources = std::mem::take(&mut *lock(&self.inner.details));
        let details = sources.into_iter().filter_map(|source| match source {
            DetailSource::Fixed(detail) => Some(detail),
            DetailSource::Live(source) | DetailSource::Prompt(source) => {
                catch_panic(source).unwrap_or_else(|panic| {
                    Some(Detail::Note(format!("its details are lost: panicked: {panic}")))
                })
            }
        });
        details.collect()
    }

    /// Removes and returns the details so far, for a driver: a source that does not return within 50 ms is left out, and goes
    /// on, on a thread of its own.
    pub(crate) fn take_details_bounded(&self) -> Vec<Detail> {
        let is_live = |source: &DetailSource| matches!(source, DetailSource::Live(_));
        if !lock(&self.inner.details).iter().any(is_live) {
            return self.take_details();
        }
        let (context, (send, details)) = (self.clone(), mpsc::channel());
        // The receiver is dropped when the limit has passed.
        let take = move || drop(send.send(context.take_details()));
        let lost = || vec![Detail::from("its details are lost: their source blocks")];
        if thread::Builder::new().spawn(take).is_err() {
            return lost();
        }
        details.recv_timeout(DETAILS_LIMIT).unwrap_or_else(|_| lost())
    }

    /// Returns whether a [`Hold`] of this stop still exists: for tests of a [`Service`](crate::Service) by itself.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.inner.hold.strong_count() > usize::from(self.inner.alone.is_some())
    }

    /// Returns a guard that keeps the service counted as not ended while it lives: for threads and tasks that may outlive the
    /// future of the stop.
    ///
    /// A guard that lives longer than the window makes the service stuck.
    #[must_use]
    pub fn hold(&self) -> Hold {
        Hold { _held: self.inner.hold.upgrade() }
    }
}

/// Returns how long before its end a window of this length forces its service.
pub(crate) fn force_lead(window: Duration) -> Duration {
    (window / 10).min(FORCE_LEAD_MAX)
}

impl fmt::Debug for StopContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StopContext")
            .field("time_remaining", &self.time_remaining())
            .field("forced", &self.is_forced())
            .field("cause", self.cause())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hold").finish_non_exhaustive()
    }
}

struct Inner {
    /// Moved by a second signal, and by time in which the process did not run.
    deadline: Mutex<Instant>,
    /// How long before the end of its window the service is forced.
    force_lead: Duration,
    cause: StopCause,
    /// Set when this service is forced.
    forced: SetOnce<()>,
    /// Cancelled by a second signal. A nested group observes it.
    group_forced: CancellationToken,
    events: EventSink,
    details: Mutex<Vec<DetailSource>>,
    /// Alive while the stop task or a [`Hold`] is.
    hold: Weak<dyn Send + Sync>,
    /// The owner of `hold` in a stop outside of a group.
    alone: Option<Arc<dyn Send + Sync>>,
    /// The service, if there is a group.
    service: Option<StoppedService>,
}

/// Where a detail comes from.
enum DetailSource {
    Fixed(Detail),
    /// Called when the report is written.
    Live(Box<dyn Fn() -> Option<Detail> + Send + Sync>),
    /// Called when the report is written. It neither blocks nor calls user code, so that a driver may call it.
    Prompt(Box<dyn Fn() -> Option<Detail> + Send + Sync>),
}

/// The service that is stopped, as a member of its group.
#[derive(Clone)]
pub(crate) struct StoppedService {
    pub(crate) plan: &'static ServicePlan,
    /// The `GroupState` of its members, if it is a collection. `dyn Any`, since `GroupState` imports this file through
    /// `service_entry.rs`, so that its type would close a circle here. `engine/collection.rs` downcasts it.
    pub(crate) members: Option<Arc<dyn Any + Send + Sync>>,
}
