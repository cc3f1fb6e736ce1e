//! Probes of a group that says what the test wants.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{Arc, Health, HealthSource, watch};

struct Group {
    started: AtomicBool,
    ready: AtomicBool,
    changed: watch::Sender<u64>,
}

impl Group {
    fn new() -> Arc<Self> {
        let (started, ready) = (AtomicBool::new(false), AtomicBool::new(false));
        Arc::new(Self { started, ready, changed: watch::Sender::new(0) })
    }

    fn set(&self, started: bool, ready: bool) {
        self.started.store(started, Ordering::SeqCst);
        self.ready.store(ready, Ordering::SeqCst);
        self.changed.send_modify(|version| *version += 1);
    }
}

impl HealthSource for Group {
    fn started(&self) -> bool {
        self.started.load(Ordering::SeqCst)
    }

    fn ready(&self) -> bool {
        self.ready.load(Ordering::SeqCst)
    }

    fn unready(&self) -> Vec<&'static str> {
        if self.started() { Vec::new() } else { vec!["rpc", "gateway"] }
    }

    fn ended(&self) -> bool {
        false
    }

    fn changed(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn services(&self) -> Vec<(&'static str, bool)> {
        vec![("rpc", self.started()), ("gateway", self.started())]
    }
}

#[cfg(feature = "http")]
#[tokio::test]
async fn probes_over_http() {
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use tower_service::Service;

    let group = Group::new();
    let mut routes = Health::new(group.clone()).routes::<()>();
    let mut ask = async |path: &str| {
        let answer = routes.call(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.headers()["content-type"], "text/plain; charset=utf-8");
        let status = answer.status().as_u16();
        (status, String::from_utf8(to_bytes(answer.into_body(), 1000).await.unwrap().to_vec()).unwrap())
    };
    let ok = (200, "ok\n".to_owned());
    assert_eq!(ask("/livez").await, ok);
    assert_eq!(ask("/readyz").await, (503, "rpc\ngateway\n".to_owned()));
    assert_eq!(ask("/startupz").await, (503, "rpc\ngateway\n".to_owned()));
    group.set(true, true);
    assert_eq!(ask("/readyz").await, ok);
    assert_eq!(ask("/startupz").await, ok);
    group.set(true, false);
    assert_eq!(ask("/livez").await, ok);
    assert_eq!(ask("/readyz").await, (503, "not ready\n".to_owned()));
    assert_eq!(ask("/startupz").await, ok);
}

#[cfg(feature = "grpc")]
#[tokio::test]
async fn probes_over_grpc() {
    use tonic_health::pb::HealthCheckRequest;
    use tonic_health::pb::health_client::HealthClient;

    const SERVING: i32 = 1;
    const NOT_SERVING: i32 = 2;

    let group = Group::new();
    let mut client = HealthClient::new(Health::new(group.clone()).grpc());
    let request = |service: &str| HealthCheckRequest { service: service.to_owned() };
    assert_eq!(client.check(request("")).await.unwrap().into_inner().status, NOT_SERVING);
    let mut watch = client.watch(request("rpc")).await.unwrap().into_inner();
    assert_eq!(watch.message().await.unwrap().unwrap().status, NOT_SERVING);
    group.set(true, true);
    assert_eq!(watch.message().await.unwrap().unwrap().status, SERVING);
    group.set(true, false);
    assert_eq!(watch.message().await.unwrap().unwrap().status, NOT_SERVING);
    group.set(true, true);
    assert_eq!(watch.message().await.unwrap().unwrap().status, SERVING);
    assert_eq!(Arc::strong_count(&group), 1, "the task keeps no group alive");
    drop(group);
    assert_eq!(watch.message().await.unwrap().unwrap().status, NOT_SERVING);
}
