//! Each planted mistake is found, and the text names the service and says what to look at.

use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use service_group::testing::{self, Faults};
use service_group::{BoxError, Runner, Service, ServiceContext, StopContext, StopToken, Task, service_group};
use tokio::sync::Notify;

/// Runs every fault of a group with a mistake, and returns the text about it.
fn text<A: 'static>(make: fn() -> Runner<A>) -> String {
    text_of(move || testing::faults(make))
}

fn text_of<A: 'static>(faults: impl FnOnce() -> Faults<A> + Send + 'static) -> String {
    let test = std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async { faults().await });
    });
    let panic = test.join().expect_err("the mistake is found");
    *panic.downcast::<String>().expect("the panic has a text")
}

/// Checks the lines of a text by their heads.
#[track_caller]
fn assert_lines(text: &str, lines: &[(&str, &str)]) {
    for (head, expected) in lines {
        let found = text.lines().find_map(|line| line.trim_start().strip_prefix(head));
        assert!(found.is_some_and(|line| line.contains(expected)), "{head} has no {expected:?}:\n{text}");
    }
}

async fn forever() {
    std::future::pending::<()>().await;
}

async fn work(stop: StopToken) {
    stop.requested().await;
}

/// Its task goes on when it is dropped.
struct Poller;

impl Poller {
    fn start() -> Self {
        tokio::spawn(forever());
        Self
    }
}

#[service_group]
struct LeavesATask {
    #[service(start = Task::spawn(work))]
    worker: Task,
    #[service(start = { let _ = worker; Poller::start() }, stop = drop(poller))]
    poller: Poller,
    #[service(start = { let _ = poller; Task::spawn(work) })]
    other: Task,
}

#[test]
fn a_task_that_is_left_behind() {
    let text = text(LeavesATask::runner);
    assert_eq!(text.lines().next(), Some("`LeavesATask` broke a promise, without a fault"));
    assert_lines(
        &text,
        &[
            ("promised:", "no task that the group spawned lives 1 s after its end"),
            ("happened:", "1 task more than before the start is alive"),
            (
                "look at:",
                "what is spawned in the start of `poller` (tasks: 1): its stop, and its drop, have to end that",
            ),
            ("ended:", "`other` (graceful"),
            ("alone:", ".only([])"),
        ],
    );
    assert!(!text.contains("`worker` (tasks"), "{text}");
}

/// Clones of listeners that nothing closes.
static CLONES: Mutex<Vec<TcpListener>> = Mutex::new(Vec::new());

/// A server whose stop closes one of two handles of its listener.
struct Server(TcpListener);

impl Server {
    fn bind() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        CLONES.lock().unwrap().push(listener.try_clone()?);
        Ok(Self(listener))
    }
}

impl Service for Server {
    fn joined(&self, context: &ServiceContext) {
        context.show_address(self.0.local_addr().unwrap());
    }

    async fn stop(self, _: StopContext) -> Result<(), BoxError> {
        Ok(())
    }
}

#[service_group]
struct LeavesAListener {
    #[service(start = Task::spawn(work))]
    worker: Task,
    #[service(start = { let _ = worker; Server::bind()? })]
    server: Server,
}

#[test]
fn a_listener_that_stays_open() {
    let text = text(LeavesAListener::runner);
    assert_lines(
        &text,
        &[
            ("promised:", "every address on which a server listened is free"),
            ("happened:", "where `server` listened, is still in use 1 s later"),
            ("look at:", "a clone of the listener of `server`"),
        ],
    );
}

/// A file that the worker writes to until it ends.
#[derive(Clone, Default)]
struct Journal(Arc<Mutex<Option<Vec<u8>>>>);

impl Journal {
    fn open(self) -> Self {
        *self.0.lock().unwrap() = Some(Vec::new());
        self
    }

    fn write(&self) -> Result<(), BoxError> {
        self.0.lock().unwrap().as_mut().ok_or("the journal is closed")?.push(1);
        Ok(())
    }

    fn close(self) {
        *self.0.lock().unwrap() = None;
    }
}

async fn write(journal: Journal, stop: StopToken) -> Result<(), BoxError> {
    stop.requested().await;
    journal.write()
}

/// The worker has the journal from the input, so that the macro does not see that it uses it.
#[service_group(stop_order(store, worker))]
struct ClosesTooEarly {
    journal: Journal,
    #[service(start = journal.clone().open(), stop = store.close())]
    store: Journal,
    #[service(start = Task::spawn(|stop| write(journal.clone(), stop)), start_after(store))]
    worker: Task,
}

#[test]
fn a_stop_order_that_closes_the_store_under_a_worker() {
    let text = text(|| ClosesTooEarly::runner(Journal::default()));
    assert_lines(
        &text,
        &[
            ("promised:", "a fault elsewhere does not keep `worker` from ending gracefully"),
            ("happened:", "failed: the journal is closed"),
            ("look at:", "without naming it in its start: `store` ended before it, also by `stop_order`"),
            ("ended:", "`store` (graceful"),
        ],
    );
}

#[service_group]
struct WaitsForALaterStop {
    closed: Arc<Notify>,
    #[service(start = closed.clone(), stop = back.notify_one())]
    back: Arc<Notify>,
    #[service(start = back.clone(), stop = front.notified().await, stop_within = "200ms")]
    front: Arc<Notify>,
}

#[test]
fn a_stop_that_waits_for_a_service_that_stops_later() {
    let text = text(|| WaitsForALaterStop::runner(Arc::default()));
    assert_lines(
        &text,
        &[
            ("promised:", "a fault elsewhere does not keep `front` from ending gracefully"),
            ("happened:", "of its window of 200 ms: aborted"),
            ("look at:", "what its stop waits for: nothing of `back` ends before it, since they stop later"),
        ],
    );
}

/// Its start spawns a task before it has a value that ends it.
struct Cache(tokio::task::JoinHandle<()>);

impl Cache {
    async fn start() -> Self {
        let task = tokio::spawn(forever());
        tokio::time::sleep(Duration::from_millis(1)).await;
        Self(task)
    }
}

impl Drop for Cache {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[service_group]
struct LeavesHalfAStart {
    #[service(start = Task::spawn(work))]
    worker: Task,
    #[service(start = { let _ = worker; Cache::start().await }, stop = drop(cache))]
    cache: Cache,
}

#[test]
fn a_start_that_leaves_something_behind_when_it_is_cancelled_halfway() {
    let text = text(LeavesHalfAStart::runner);
    let first = "`LeavesHalfAStart` broke a promise, where a stop is requested during the start of `cache`";
    assert_eq!(text.lines().next(), Some(first), "{text}");
    assert_lines(
        &text,
        &[
            ("promised:", "no task that the group spawned lives"),
            ("look at:", "start or stop of `cache`, which was cancelled halfway"),
            ("alone:", ".only([Fault::stop_during_start(LeavesHalfAStart::KEYS.cache.id())])"),
        ],
    );
}

/// It has to be closed before it is dropped.
struct Strict(bool);

impl Strict {
    fn close(mut self) {
        self.0 = true;
    }
}

impl Drop for Strict {
    fn drop(&mut self) {
        assert!(self.0, "dropped before it was closed");
    }
}

#[service_group]
struct PanicsInDrop {
    #[service(start = Strict(false), stop = strict.close())]
    strict: Strict,
    #[service(start = { let _ = strict; Task::spawn(work) })]
    worker: Task,
}

#[test]
fn a_drop_that_panics() {
    let text = text(PanicsInDrop::runner);
    assert_eq!(
        text.lines().next(),
        Some("`PanicsInDrop` broke a promise, where the stop of `strict` returns an error"),
        "{text}"
    );
    assert_lines(
        &text,
        &[
            ("promised:", "a service can be dropped at any time"),
            ("happened:", "`strict` panicked while it was dropped: dropped before it was closed"),
            ("look at:", "the `Drop` of `strict`"),
            ("alone:", ".only([Fault::stop_fails(PanicsInDrop::KEYS.strict.id())])"),
        ],
    );
}
