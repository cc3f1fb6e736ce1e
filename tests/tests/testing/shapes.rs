//! Groups without a mistake keep every promise in every case.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::Duration;

use service_group::{
    BlockingTask, BoxError, BoxService, RestartPolicy, Running, StopToken, Task, Tasks, service_group,
    start_each, testing,
};
use tokio::net::TcpListener;

async fn work(stop: StopToken) {
    stop.requested().await;
}

async fn accept(listener: TcpListener, stop: StopToken) {
    let accepted = async {
        while let Ok((stream, _)) = listener.accept().await {
            drop(stream);
        }
    };
    tokio::select! {
        () = accepted => {}
        _ = stop.requested() => {}
    }
}

async fn serve() -> std::io::Result<Task> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    Ok(Task::spawn(|stop| accept(listener, stop)))
}

#[derive(Clone)]
struct Store;

impl Store {
    async fn connect() -> Result<Self, Infallible> {
        tokio::time::sleep(Duration::from_millis(1)).await;
        Ok(Self)
    }

    async fn close(self) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Five services: a value with a step before it, a listener, and tasks on top.
#[service_group]
struct Five {
    #[service(start = tokio::task::yield_now().await)]
    migrations: (),
    #[service(start = Store::connect().await?, stop = drop(store), after(migrations), retry = "10ms..20ms")]
    store: Store,
    #[service(start = { let _ = store; Task::spawn(work) })]
    worker: Task,
    #[service(start = { let _ = store; serve().await? })]
    server: Task,
    #[service(start = { let _ = (worker, server); Task::spawn(work) }, stop_within = "2s")]
    client: Task,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_of_five_keeps_every_promise() {
    testing::faults(Five::runner).sample_of_pairs(10, 7).await;
}

#[tokio::test]
async fn it_does_so_on_one_thread() {
    testing::faults(Five::runner).await;
}

#[service_group]
struct Storage {
    #[service(start = Store::connect().await?, stop = log.close().await)]
    log: Store,
    #[service(start = { let _ = log; Task::spawn(work) }, may_fail)]
    index: Task,
    #[service(start = { let _ = log; Task::spawn(work) })]
    syncer: Task,
}

#[service_group(stop_within = "30s")]
struct Nested {
    #[service(start = Task::spawn(work))]
    metrics: Task,
    #[service(start = { let _ = metrics; Storage::start().await? })]
    storage: Running<Storage>,
    #[service(start = { let _ = &storage.index; serve().await? })]
    web: Task,
}

#[tokio::test(flavor = "multi_thread")]
async fn nested_groups() {
    testing::faults(Nested::runner).sample_of_pairs(20, 1).await;
}

fn restarting() -> Task {
    Task::restarting(RestartPolicy::default(), |stop| async move {
        stop.requested().await;
        Ok::<_, BoxError>(())
    })
}

fn thread() -> std::io::Result<BlockingTask> {
    BlockingTask::spawn("scanner", |stop: StopToken| {
        while !stop.is_requested() {
            std::thread::sleep(Duration::from_millis(1));
        }
    })
}

#[service_group]
struct Kinds {
    #[service(start = Store::connect().await?, stop = store.close().await, check = true, reload = drop(store))]
    store: Store,
    #[service(start = { let _ = store; restarting() })]
    restarting: Task,
    #[service(start = { let _ = store; thread()? })]
    thread: BlockingTask,
    #[service(start = Tasks::new(), after(thread))]
    jobs: Tasks,
    #[service(start = { let _ = jobs.spawn("job", work); BoxService::new(Task::spawn(work)) })]
    any: BoxService,
    #[service(start = { let _ = restarting; Task::spawn(work) }, may_fail, start_after(any))]
    degraded: Task,
    #[service(start = Task::spawn(async |_| ()), last)]
    job: Task,
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_threads_values_with_checks_and_services_that_may_fail() {
    testing::faults(Kinds::runner).sample_of_pairs(20, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn values_and_starts_in_place_of_the_written_ones() {
    let runner = || {
        let runner = Nested::runner().replace(Nested::KEYS.metrics, Task::spawn(work));
        runner.replace_start(Nested::KEYS.storage, async { Ok(Storage::start().await?) })
    };
    testing::faults(runner).await;
}

async fn server() -> Result<Task, BoxError> {
    Ok(serve().await?)
}

async fn storage() -> Result<Running<Storage>, BoxError> {
    Ok(Storage::start().await?)
}

#[service_group]
struct Several {
    #[service(start = start_each([storage(), storage()]).await?)]
    shards: Vec<Running<Storage>>,
    #[service(start = { let _ = shards; start_each([server(), server(), server()]).await? }, stop_within = "2s")]
    servers: Vec<Task>,
    #[service(start = { let _ = servers; BTreeMap::from([("tea", Task::spawn(work)), ("milk", Task::spawn(work))]) })]
    topics: BTreeMap<&'static str, Task>,
    #[service(start = Some(Task::spawn(work)), after(topics))]
    some: Option<Task>,
    #[service(start = None, after(topics))]
    none: Option<Task>,
}

#[tokio::test(flavor = "multi_thread")]
async fn several_of_a_kind() {
    testing::faults(Several::runner).sample_of_pairs(20, 3).await;
}

#[service_group]
struct Given {
    #[service(given, stop = pool.close().await)]
    pool: Store,
    #[service(start = { let _ = pool; serve().await? })]
    web: Task,
}

#[tokio::test(flavor = "multi_thread")]
async fn given_services() {
    testing::faults(|| Given::runner(Store)).all_pairs().await;
}
