//! What the docs show is what is written, to the last byte; and a group in each phase.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::sleep;

use crate::__private0::ServiceContext;
use crate::{
    BoxError, CutRequest, Drained, GroupHandle, Running, ServerStats, Service, StatsSource, StopContext,
    Task, service_group,
};

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Takes half a second to start, has two requests in flight, and cuts one of them in its stop.
#[derive(Debug)]
struct Server;

impl Server {
    async fn start<T>(_: &T) -> Self {
        sleep(ms(500)).await;
        Self
    }
}

impl StatsSource for Server {
    fn stats(&self) -> ServerStats {
        let oldest = Some(("GET /orders/7".to_owned(), ms(2_500)));
        ServerStats { connections: 3, requests: 2, oldest, ..ServerStats::default() }
    }
}

impl Service for Server {
    async fn stop(self, stopping: StopContext) -> Result<(), BoxError> {
        stopping.forced().await;
        let cuts = vec![CutRequest { what: "GET /orders/7".to_owned(), age: ms(8_000) }];
        stopping.detail(Drained { finished: 1, cut: 1, cuts, still_running: 0 });
        Ok(())
    }

    fn joined(&self, membership: &ServiceContext) {
        membership.show_stats(Arc::new(Server));
    }
}

/// Fails after 2 s.
fn failing() -> Task {
    Task::spawn(|_| async {
        sleep(ms(2_000)).await;
        Err::<(), _>("disk gone")
    })
}

#[service_group(crate = crate)]
struct Storage {
    #[service(start = failing(), stop_within = "3s")]
    log: Task,
}

#[service_group(crate = crate, stop_within = "25s", lame_duck = "2s")]
struct App {
    #[group]
    group: GroupHandle,
    #[service(start = { let _ = group; Storage::start().await? })]
    storage: Running<Storage>,
    #[service(start = Server::start(storage).await, stop_within = "6s")]
    gateway: Server,
}

/// Compares with the JSON that the docs of a type show, or writes it into them with `BLESS=1`.
#[track_caller]
fn assert_shown(docs: &str, value: &impl serde_core::Serialize) {
    let json = serde_json::to_string_pretty(value).unwrap();
    let path = format!("{}/src/view/json/{docs}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once("```json\n").unwrap();
    let (shown, after) = rest.split_once("\n```").unwrap();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, format!("{before}```json\n{json}\n```{after}")).unwrap();
    } else {
        assert_eq!(shown, json, "{docs} shows something else than\n{json}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_docs_show_what_is_written() {
    assert_shown("plan.md", &App::PLAN);
    let app = App::runner().lame_duck(ms(2_000)).start().await.unwrap();
    let group = app.handle();
    assert_shown("start_report.md", &group.start_report());
    group.stop_requested().await;
    let stop = tokio::spawn(app.stop());
    sleep(ms(3_500)).await;
    assert_shown("status.md", &group.status());
    assert_shown("report.md", &stop.await.unwrap());
}

#[service_group(crate = crate, stop_within = "20s", lame_duck = "2s")]
struct Alone {
    tell: UnboundedSender<GroupHandle>,
    #[group]
    group: GroupHandle,
    #[service(start = { let _ = tell.send(group.clone()); Server::start(group).await }, stop_within = "6s")]
    gateway: Server,
}

/// The status without the values that say nothing.
fn status(group: &GroupHandle) -> String {
    without_nothing(serde_json::to_value(group.status()).unwrap()).to_string()
}

fn without_nothing(value: Value) -> Value {
    let says_something = |value: &Value| ![json!(null), json!(false), json!([])].contains(value);
    match value {
        Value::Object(entries) => {
            let entries = entries.into_iter().filter(|(_, value)| says_something(value));
            entries.map(|(key, value)| (key, without_nothing(value))).collect()
        }
        Value::Array(values) => values.into_iter().map(without_nothing).collect(),
        other => other,
    }
}

#[tokio::test(start_paused = true)]
async fn each_phase_says_what_there_is_to_say() {
    let (tell, mut told) = unbounded_channel();
    let start = tokio::spawn(Alone::runner(tell).lame_duck(ms(2_000)).start());
    let group = told.recv().await.unwrap();
    let mut statuses = vec![status(&group)];
    let app = start.await.unwrap().unwrap();
    sleep(ms(1_000)).await;
    statuses.push(status(&group));
    let stop = tokio::spawn(app.stop());
    for at in [1_000, 6_250, 1_000] {
        sleep(ms(at)).await;
        statuses.push(status(&group));
    }
    assert!(stop.is_finished());
    if std::env::var_os("BLESS").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/view/json/tests/phases.txt");
        std::fs::write(path, statuses.join("\n") + "\n").unwrap();
        return;
    }
    let expected: Vec<_> = include_str!("tests/phases.txt").lines().collect();
    assert_eq!(statuses, expected, "{}", statuses.join("\n"));
}

#[service_group(crate = crate)]
struct Several {
    #[service(start = vec![failing(), Task::spawn(|stop| async move { drop(stop.requested().await) })])]
    workers: Vec<Task>,
    #[service(start = vec![Server, Server], stop_within = "1s")]
    servers: Vec<Server>,
    #[service(start = None)]
    nothing: Option<Task>,
}

/// A collection is one entry, with its members in it.
#[tokio::test(start_paused = true)]
async fn a_collection_has_its_members() {
    let app = Several::start().await.unwrap();
    let group = app.handle();
    let status = serde_json::to_value(group.status()).unwrap();
    let workers = &status["services"][0];
    assert_eq!(workers["members"][0]["name"], "workers[0]");
    assert_eq!((&workers["nested"], &workers["members"][1]["members"]), (&Value::Null, &Value::Null));
    assert_eq!(status["services"][1]["stats"]["requests"], 4, "the sum of its members");
    assert_eq!(status["services"][1]["members"][1]["stats"]["requests"], 2);
    assert_eq!(status["services"][2]["state"], "absent");
    group.stop_requested().await;
    let report = serde_json::to_value(app.stop().await).unwrap();
    assert_eq!(report["cause"]["service"], "workers[0]");
    let service =
        |name| report["services"].as_array().unwrap().iter().find(|service| service["name"] == name);
    let workers = service("workers").unwrap();
    assert_eq!(workers["members"][0]["outcome"]["text"], "failed: disk gone");
    assert_eq!(
        (&workers["members"][1]["outcome"]["kind"], &workers["details"]),
        (&"graceful".into(), &json!([]))
    );
    assert_eq!(service("servers").unwrap()["members"][0]["details"][0]["kind"], "drained");
    assert_eq!(service("nothing").unwrap()["outcome"]["kind"], "absent");
}

#[test]
fn times_have_no_digits_that_mean_nothing() {
    let cut = crate::CutRequest::new("GET /", Duration::new(1, 296_446_227));
    assert_eq!(serde_json::to_string(&cut).unwrap(), r#"{"what":"GET /","age_seconds":1.296446}"#);
}
