//! The routes, asked as a server asks them, on a paused clock.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use axum::response::Response;
use futures_util::StreamExt;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout_at};
use tower::ServiceExt;

use service_group::status::ServiceState;
use service_group::{
    BoxError, GroupHandle, Running, ServerStats, Service, ServiceContext, StatsSource, StopContext, Task,
    Tasks, service_group,
};

use crate::Draining;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A service whose start and stop wait for gates, with a request in flight whose name is an attack.
#[derive(Debug, Default, Clone)]
struct Gated {
    starts: Arc<Notify>,
    stops: Arc<Notify>,
    connections: Arc<AtomicUsize>,
    /// To show the stats again, which notifies the watchers of the group.
    context: Arc<OnceLock<ServiceContext>>,
}

impl Gated {
    async fn start(&self) -> Self {
        self.starts.notified().await;
        self.clone()
    }
}

impl StatsSource for Gated {
    fn stats(&self) -> ServerStats {
        let oldest = Some((r#"GET /<script>alert("x")</script>"#.to_owned(), ms(2_500)));
        let mut stats = ServerStats::default();
        stats.connections = self.connections.load(SeqCst);
        stats.requests = 2;
        stats.oldest = oldest;
        stats
    }
}

impl Service for Gated {
    const STOP_WITHIN: Duration = Duration::from_secs(8);

    async fn stop(self, _: StopContext) -> Result<(), BoxError> {
        self.stops.notified().await;
        Err("<b>disk full</b>".into())
    }

    fn joined(&self, context: &ServiceContext) {
        self.context.get_or_init(|| context.clone());
        context.show_stats(Arc::new(self.clone()));
    }
}

#[service_group(stop_within = "20s", lame_duck = "2s")]
struct App {
    gated: Gated,
    tell: tokio::sync::mpsc::UnboundedSender<GroupHandle>,
    #[group]
    group: GroupHandle,
    #[service(start = { let _ = tell.send(group.clone()); }, stop = drop(store))]
    store: (),
    #[service(start = { let () = store; gated.start().await })]
    gateway: Gated,
}

/// A group whose gateway starts and stops when its gates open.
async fn starting() -> (Gated, GroupHandle, tokio::task::JoinHandle<Running<App>>) {
    let gated = Gated::default();
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let start = App::runner(gated.clone(), tell).lame_duck(ms(2_000)).start();
    let start = tokio::spawn(async { start.await.expect("starts") });
    (gated, told.recv().await.expect("starts"), start)
}

async fn ask(group: &GroupHandle, accept: &[&str], draining: &Draining) -> Response {
    let mut request = Request::get("/statusz");
    for accept in accept {
        request = request.header("accept", *accept);
    }
    let request = request.extension(draining.clone()).body(Body::empty()).unwrap();
    let answer = Router::new().merge(super::routes(group)).oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    answer
}

async fn text(answer: Response) -> String {
    String::from_utf8(to_bytes(answer.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap()
}

async fn page(group: &GroupHandle) -> String {
    text(ask(group, &["text/html"], &Draining::default()).await).await
}

/// The sentence about the phase, without its tags.
async fn lead(group: &GroupHandle) -> String {
    let page = page(group).await;
    let (_, lead) = page.split_once("<p class=\"lead\">").unwrap();
    lead.split_once("</p>").unwrap().0.replace("<b>", "").replace("</b>", "")
}

#[tokio::test(start_paused = true)]
async fn the_form_is_the_first_that_is_known() {
    let (_, group, _start) = starting().await;
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    let forms = [
        (&[][..], "application/json"),
        (&["*/*"], "application/json"),
        (&["image/png"], "application/json"),
        (&["application/json, text/html"], "application/json"),
        (&[browser], "text/html; charset=utf-8"),
        (&["image/png", "text/html;q=0.5"], "text/html; charset=utf-8"),
        (&["text/event-stream"], "text/event-stream"),
    ];
    for (accept, expected) in forms {
        let answer = ask(&group, accept, &Draining::default()).await;
        let header = |name: &str| answer.headers()[name].to_str().unwrap();
        assert_eq!(header("content-type"), expected, "{accept:?}");
        assert_eq!((header("cache-control"), header("vary")), ("no-store", "accept"));
    }
}

#[tokio::test(start_paused = true)]
async fn programs_get_the_status_and_the_plan() {
    let (_, group, _start) = starting().await;
    let json = text(ask(&group, &["*/*"], &Draining::default()).await).await;
    let told: serde_json::Value = serde_json::from_str(&json).unwrap();
    let expected = serde_json::json!({
        "status": group.status(), "start_report": group.start_report(), "plan": group.plan()
    });
    assert_eq!(told, expected);
    assert_eq!(told["status"]["waits_for"], serde_json::json!(["gateway"]));
    assert!(
        json.starts_with("{\n  \"status\": {\n    \"group_name\": \"App\",\n    \"phase\": \"starting\",")
            && json.ends_with("}\n"),
        "{json}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_sentence_says_what_happens() {
    let (gated, group, start) = starting().await;
    sleep(ms(3_000)).await;
    assert_eq!(lead(&group).await, "1 of 2 services started. It waits for gateway, for 3 s.");
    gated.starts.notify_one();
    let app = start.await.unwrap();
    assert_eq!(lead(&group).await, "All 2 services run.");
    group.request_stop();
    assert_eq!(lead(&group).await, "Asked to stop on request; the stop has not begun.");
    let stop = tokio::spawn(app.stop());
    sleep(ms(500)).await;
    let expected = "Stops on request. It goes on serving for 1.5 s, while load balancers turn away.";
    assert_eq!(lead(&group).await, expected);
    sleep(ms(4_000)).await;
    // Its window is what the budget leaves over.
    let expected = "Stops on request. 0 of 2 services ended. It waits for gateway, 14.5 s left.";
    assert_eq!(lead(&group).await, expected);
    gated.stops.notify_one();
    let _ = stop.await.unwrap();
    assert_eq!(lead(&group).await, "Stopped on request after 4.50 s.");
}

#[tokio::test(start_paused = true)]
async fn a_group_that_was_dropped_is_not_shown_as_running() {
    let (gated, group, start) = starting().await;
    gated.starts.notify_one();
    drop(start.await.unwrap());
    assert_eq!(lead(&group).await, "Dropped without a stop.");
    let status = group.status();
    let seen = status.services.iter().map(|service| (service.state, service.stats.is_none()));
    assert!(seen.eq([(ServiceState::Stopped, true); 2]), "{status:?}");
}

/// What comes from outside is shown as it is, and does nothing.
#[tokio::test(start_paused = true)]
async fn nothing_from_outside_becomes_html() {
    let (gated, group, start) = starting().await;
    gated.starts.notify_one();
    let app = start.await.unwrap();
    let shown = page(&group).await;
    let request = "GET /&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;, 2 s";
    assert!(shown.contains(request) && !shown.contains("<script>alert"), "{shown}");
    gated.stops.notify_one();
    let _ = app.stop().await;
    let shown = page(&group).await;
    assert!(shown.contains("failed: &lt;b&gt;disk full&lt;/b&gt;") && !shown.contains("<b>disk"), "{shown}");
}

/// The moments of the events, in milliseconds, until the stream ends or that much time has passed; and the last event.
async fn moments(answer: Response, time: Duration) -> (Vec<u128>, String) {
    let (begun, mut body) = (Instant::now(), answer.into_body().into_data_stream());
    let (mut moments, mut last) = (Vec::new(), String::new());
    while let Ok(Some(chunk)) = timeout_at(begun + time, body.next()).await {
        let chunk = String::from_utf8(chunk.unwrap().to_vec()).unwrap();
        if !chunk.starts_with(':') {
            moments.push(begun.elapsed().as_millis());
            last = chunk;
        }
    }
    (moments, last)
}

async fn watch(group: &GroupHandle, draining: &Draining) -> Response {
    ask(group, &["text/event-stream"], draining).await
}

#[tokio::test(start_paused = true)]
async fn events_come_once_a_second_and_four_times_where_much_happens() {
    let (gated, group, start) = starting().await;
    gated.starts.notify_one();
    let _app = start.await.unwrap();
    let none = Draining::default();
    let (quiet, _) = moments(watch(&group, &none).await, ms(2_500)).await;
    assert_eq!(quiet, [0, 1_000, 2_000]);
    let busy = moments(watch(&group, &none).await, ms(1_100));
    let changes = async {
        for _ in 0..100 {
            sleep(ms(11)).await;
            gated.connections.fetch_add(1, SeqCst);
            gated.context.get().expect("joined").show_stats(Arc::new(gated.clone()));
        }
    };
    assert_eq!(tokio::join!(busy, changes).0.0, [0, 250, 500, 750, 1_000]);
    // Only the time has changed for long, and is shown in minutes then.
    sleep(Duration::from_hours(1)).await;
    let (quiet, _) = moments(watch(&group, &none).await, Duration::from_mins(3)).await;
    assert!((3..=4).contains(&quiet.len()), "{quiet:?}");
}

#[tokio::test(start_paused = true)]
async fn the_stream_ends_with_the_drain_and_says_how_it_was_then() {
    let (gated, group, start) = starting().await;
    gated.starts.notify_one();
    let app = start.await.unwrap();
    let draining = Draining::default();
    let drain = async {
        sleep(ms(300)).await;
        draining.begin();
    };
    let watched = moments(watch(&group, &draining).await, Duration::from_mins(1));
    let ((moments_seen, last), ()) = tokio::join!(watched, drain);
    assert_eq!(moments_seen, [0, 300]);
    assert!(last.starts_with("data:") && last.contains("All 2 services run."), "{last}");

    // Served from outside of the group, it ends with the group.
    let watched = tokio::spawn(moments(watch(&group, &Draining::default()).await, Duration::from_mins(1)));
    gated.stops.notify_one();
    let _ = app.stop().await;
    let (moments_seen, last) = watched.await.unwrap();
    assert_eq!(moments_seen.last(), Some(&2_250), "the lame duck, and the gap between two events");
    assert!(last.contains("event: end\n") && last.contains("Stopped on request after 2 s."), "{last}");
}

/// Fails its check, and may.
#[derive(Debug, Clone)]
struct Flaky;

#[service_group]
struct Shown {
    is_refused: bool,
    #[service(start = Flaky, stop = drop(store), check = Err::<(), _>("password <wrong>"), reload = drop(store))]
    store: Flaky,
    #[service(start = Flaky, stop = drop(cache), check = false, may_fail)]
    cache: Flaky,
    #[service(start = if *is_refused { Err("refused")? }, retry = "1s..1s")]
    client: (),
}

/// Attempts, failing checks, degraded services, the last reload and the start are on the page and in the JSON.
#[tokio::test(start_paused = true)]
async fn starts_checks_and_reloads_are_shown() {
    let app = Shown::start(false).await.expect("a start that succeeds");
    let group = app.handle();
    drop(group.reload().await);
    let page = text(ask(&group, &["text/html"], &Draining::default()).await).await;
    for shown in [
        "Not ready: the check of <b>store</b> fails.",
        "<span class=\"remark\">fails its check: password &lt;wrong&gt;</span>",
        "<span class=\"remark\">fails its check: the check returned false</span>",
        "Last reload: reloaded <b>store</b>",
        "<pre class=\"start\">`Shown` started in ",
    ] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    let json = text(ask(&group, &["application/json"], &Draining::default()).await).await;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["status"]["degraded"], serde_json::json!(["cache"]));
    assert_eq!(json["status"]["last_reload"]["reloaded"], serde_json::json!(["store"]));
    assert_eq!(json["start_report"]["services"][2]["name"], "client");
    assert!(app.stop().await.is_clean());
}

/// The column of the requests shows the tasks of `Tasks`: how many run, the oldest, and how many have failed.
#[tokio::test(start_paused = true)]
async fn the_tasks_of_a_service_are_shown() {
    #[service_group]
    struct Jobs {
        #[service(start = Tasks::new())]
        jobs: Tasks,
    }
    let app = Jobs::start().await.expect("starts");
    app.jobs.spawn("send mail", |stop| async move { drop(stop.requested().await) }).expect("it runs");
    app.jobs.spawn("fails", |_| async { Err("refused") }).expect("it runs");
    tokio::time::sleep(ms(1_500)).await;
    let shown = page(&app.handle()).await;
    let expected = "<td>1 task; 1 failed <span class=\"remark request\">send mail, 1 s</span></td>";
    assert!(shown.contains(expected), "{shown}");
    assert!(app.stop().await.is_clean());
}

#[service_group]
struct Several {
    count: usize,
    #[service(start = (0..*count).map(|_| Task::spawn(async |_| ())).collect())]
    jobs: Vec<Task>,
    #[service(start = (0..*count).map(|_| Task::spawn(|stop| async move { drop(stop.requested().await) })).collect())]
    workers: Vec<Task>,
    #[service(start = Vec::from_iter([Pair::start().await?]))]
    pairs: Vec<Running<Pair>>,
}

#[service_group]
struct Pair {
    #[service(start = Task::spawn(async |_| ()))]
    left: Task,
    #[service(start = { let _ = left; Task::spawn(async |_| ()) })]
    right: Task,
}

/// The members of a collection have rows, as far as there is room, and groups among them have graphs.
#[tokio::test(start_paused = true)]
async fn members_have_rows() {
    let app = Several::start(25).await.expect("starts");
    let group = app.handle();
    tokio::time::sleep(ms(10)).await;
    let page = page(&group).await;
    for row in ["workers[19]", "workers[]", "jobs[0]", "pairs[0]", "left", "right"] {
        assert_eq!(page.matches(&format!("data-service=\"{row}\"")).count(), 1, "{row}: {page}");
    }
    assert!(!page.contains("workers[20]"), "{page}");
    assert_eq!(page.matches("<span class=\"remark\">5 more</span>").count(), 2, "{page}");
    assert!(page.contains("<figcaption>Inside pairs[0]</figcaption>"), "{page}");
    assert!(app.stop().await.is_clean());
}
