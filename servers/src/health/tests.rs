//! Probes of a group that starts when the test lets it.

use std::sync::Arc;
use std::time::Duration;

use service_group::{GroupHandle, Running, service_group};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;

#[service_group(stop_within = "30s", lame_duck = "1s")]
struct App {
    gate: Arc<Notify>,
    handles: mpsc::UnboundedSender<GroupHandle>,
    #[group]
    group: GroupHandle,
    #[service(start = { let _ = handles.send(group.clone()); }, stop = drop(store))]
    store: (),
    #[service(start = { let () = store; gate.notified().await }, stop = drop(rpc))]
    rpc: (),
}

/// A group whose `rpc` starts when the gate is notified.
async fn starting() -> (GroupHandle, Arc<Notify>, JoinHandle<Running<App>>) {
    let gate = Arc::new(Notify::new());
    let (sender, mut handles) = mpsc::unbounded_channel();
    let start = App::runner(Arc::clone(&gate), sender).lame_duck(Duration::from_secs(1)).start();
    let start = tokio::spawn(async { start.await.expect("a start that succeeds") });
    (handles.recv().await.expect("a start"), gate, start)
}

/// Until the lame duck has begun and is not over.
async fn lame_duck(app: Running<App>) -> JoinHandle<service_group::StopReport> {
    let stop = tokio::spawn(app.stop());
    tokio::time::sleep(Duration::from_millis(500)).await;
    stop
}

#[cfg(feature = "http")]
#[tokio::test(start_paused = true)]
async fn probes_over_http() {
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use tower_service::Service;

    let (group, gate, start) = starting().await;
    let mut routes = super::routes::<()>(&group);
    let mut ask = async |path: &str| {
        let answer = routes.call(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.headers()["content-type"], "text/plain; charset=utf-8");
        let status = answer.status().as_u16();
        (status, String::from_utf8(to_bytes(answer.into_body(), 1000).await.unwrap().to_vec()).unwrap())
    };
    let ok = (200, "ok\n".to_owned());
    assert_eq!(ask("/livez").await, ok);
    assert_eq!(ask("/readyz").await, (503, "rpc\n".to_owned()));
    assert_eq!(ask("/startupz").await, (503, "rpc\n".to_owned()));
    gate.notify_one();
    let app = start.await.unwrap();
    assert_eq!(ask("/readyz").await, ok);
    assert_eq!(ask("/startupz").await, ok);
    let (first, second) = (group.hold("the broker is gone"), group.hold("maintenance\nat night"));
    assert_eq!(ask("/readyz").await, (503, "the broker is gone\nmaintenance; at night\n".to_owned()));
    assert_eq!(ask("/livez").await, ok);
    drop(first);
    assert_eq!(ask("/readyz").await, (503, "maintenance; at night\n".to_owned()));
    drop(second);
    assert_eq!(ask("/readyz").await, ok);
    let stop = lame_duck(app).await;
    assert_eq!(ask("/livez").await, ok);
    assert_eq!(ask("/readyz").await, (503, "not ready\n".to_owned()));
    assert_eq!(ask("/startupz").await, ok);
    let _ = stop.await.unwrap();
}

#[cfg(feature = "grpc-health")]
#[tokio::test(start_paused = true)]
async fn probes_over_grpc() {
    use tonic_health::pb::HealthCheckRequest;
    use tonic_health::pb::health_client::HealthClient;

    const SERVING: i32 = 1;
    const NOT_SERVING: i32 = 2;

    let (group, gate, start) = starting().await;
    let mut client = HealthClient::new(super::grpc(&group));
    let request = |service: &str| HealthCheckRequest { service: service.to_owned() };
    assert_eq!(client.check(request("")).await.unwrap().into_inner().status, NOT_SERVING);
    let mut watch = client.watch(request("rpc")).await.unwrap().into_inner();
    assert_eq!(watch.message().await.unwrap().unwrap().status, NOT_SERVING);
    gate.notify_one();
    let app = start.await.unwrap();
    assert_eq!(watch.message().await.unwrap().unwrap().status, SERVING);
    let not_ready = group.hold("the broker is gone");
    assert_eq!(watch.message().await.unwrap().unwrap().status, NOT_SERVING);
    drop(not_ready);
    assert_eq!(watch.message().await.unwrap().unwrap().status, SERVING);
    let stop = lame_duck(app).await;
    assert_eq!(watch.message().await.unwrap().unwrap().status, NOT_SERVING);
    let _ = stop.await.unwrap();
    assert_eq!(client.check(request("rpc")).await.unwrap().into_inner().status, NOT_SERVING);
}

/// A group that is dropped without a stop counts as stopped.
#[cfg(feature = "grpc-health")]
#[tokio::test(start_paused = true)]
async fn a_dropped_group_does_not_serve() {
    use tonic_health::pb::HealthCheckRequest;
    use tonic_health::pb::health_client::HealthClient;

    let (group, gate, start) = starting().await;
    gate.notify_one();
    let app = start.await.unwrap();
    let mut client = HealthClient::new(super::grpc(&group));
    let request = HealthCheckRequest { service: "rpc".to_owned() };
    let mut watch = client.watch(request).await.unwrap().into_inner();
    assert_eq!(watch.message().await.unwrap().unwrap().status, 1);
    drop(app);
    assert_eq!(watch.message().await.unwrap().unwrap().status, 2);
}

/// A handle whose check passes as long as the flag is not set.
#[derive(Debug, Clone, Default)]
struct Checked(Arc<std::sync::atomic::AtomicBool>);

impl Checked {
    fn set_fails(&self, fails: bool) {
        self.0.store(fails, std::sync::atomic::Ordering::Relaxed);
    }

    fn ping(&self) -> Result<(), &'static str> {
        if self.0.load(std::sync::atomic::Ordering::Relaxed) { Err("password wrong") } else { Ok(()) }
    }
}

#[service_group]
struct WithChecks {
    checked: Checked,
    optional: Checked,
    #[service(start = checked.clone(), stop = drop(store), check = store.ping())]
    store: Checked,
    #[service(start = optional.clone(), stop = drop(cache), check = cache.ping(), may_fail)]
    cache: Checked,
    #[service(start = drop((store.clone(), cache.clone())))]
    rpc: (),
}

#[cfg(feature = "http")]
#[tokio::test(start_paused = true)]
async fn failing_checks_over_http() {
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use tower_service::Service;

    let (store, cache) = (Checked::default(), Checked::default());
    let app = WithChecks::start(store.clone(), cache.clone()).await.expect("a start that succeeds");
    let group = app.handle();
    let ask = async |mut routes: axum::Router, path: &str| {
        let answer = routes.call(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
        let status = answer.status().as_u16();
        (status, String::from_utf8(to_bytes(answer.into_body(), 1000).await.unwrap().to_vec()).unwrap())
    };
    let (routes, with_errors) = (super::routes(&group), super::routes_with_errors(&group));
    assert_eq!(ask(routes.clone(), "/readyz").await, (200, "ok\n".to_owned()));
    tokio::time::sleep(Duration::from_secs(2)).await;
    store.set_fails(true);
    cache.set_fails(true);
    let public = "failing check: `store` (used by `rpc`)\n".to_owned();
    assert_eq!(ask(routes.clone(), "/readyz").await, (503, public));
    let private = "failing check: `store` (used by `rpc`): password wrong\n".to_owned();
    assert_eq!(ask(with_errors, "/readyz").await, (503, private));
    assert_eq!(ask(routes.clone(), "/livez").await, (200, "ok\n".to_owned()));
    store.set_fails(false);
    assert_eq!(ask(routes, "/readyz").await, (200, "ok\ndegraded: cache\n".to_owned()));
    assert!(app.stop().await.is_clean());
}

#[cfg(feature = "grpc-health")]
#[tokio::test(start_paused = true)]
async fn failing_checks_over_grpc() {
    use tonic_health::pb::HealthCheckRequest;
    use tonic_health::pb::health_client::HealthClient;

    const SERVING: i32 = 1;
    const NOT_SERVING: i32 = 2;

    let store = Checked::default();
    let app = WithChecks::start(store.clone(), Checked::default()).await.expect("a start that succeeds");
    let health = super::grpc(&app.handle()).name(WithChecks::KEYS.rpc, "orders.v1.Orders");
    let mut client = HealthClient::new(health);
    let request = |service: &str| HealthCheckRequest { service: service.to_owned() };
    let mut ask =
        async |service: &str| client.check(request(service)).await.map(|answer| answer.into_inner().status);
    assert_eq!(ask("orders.v1.Orders").await.unwrap(), SERVING);
    assert!(ask("orders.v1.Unknown").await.is_err());
    tokio::time::sleep(Duration::from_secs(2)).await;
    store.set_fails(true);
    for service in ["", "store", "rpc", "orders.v1.Orders"] {
        assert_eq!(ask(service).await.unwrap(), NOT_SERVING, "{service}");
    }
    store.set_fails(false);
    assert_eq!(ask("").await.unwrap(), SERVING);
    assert!(app.stop().await.is_clean());
}

/// Nothing but the `Watch` asks.
#[cfg(feature = "grpc-health")]
#[tokio::test(start_paused = true)]
async fn checks_run_while_a_watch_is_open() {
    use tonic_health::pb::HealthCheckRequest;
    use tonic_health::pb::health_client::HealthClient;

    let store = Checked::default();
    let app = WithChecks::start(store.clone(), Checked::default()).await.expect("a start that succeeds");
    let mut client = HealthClient::new(super::grpc(&app.handle()));
    let mut watch = client.watch(HealthCheckRequest { service: String::new() }).await.unwrap().into_inner();
    assert_eq!(watch.message().await.unwrap().unwrap().status, 1);
    for (fails, status) in [(true, 2), (false, 1)] {
        let changed = tokio::time::Instant::now();
        store.set_fails(fails);
        assert_eq!(watch.message().await.unwrap().unwrap().status, status);
        assert!(changed.elapsed() <= Duration::from_secs(5));
    }
    drop(watch);
    assert!(app.stop().await.is_clean());
}

#[cfg(feature = "grpc-health")]
#[tokio::test(start_paused = true)]
#[should_panic = "the key of `rpc` belongs to the group `WithChecks`, and the health service to `App`"]
async fn a_key_of_another_group_panics() {
    let (group, _gate, _start) = starting().await;
    drop(super::grpc(&group).name(WithChecks::KEYS.rpc, "orders.v1.Orders"));
}
