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
