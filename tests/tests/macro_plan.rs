//! The plan that the macro writes: edges, order, windows.

use std::time::Duration;

use service_group::{BoxError, GroupHandle, Service, Stopping, Why, Window, service_group};

/// A service with a window of its own.
#[derive(Debug)]
struct Server;

impl Server {
    async fn bind(_: u16, _: &str) -> Result<Self, std::io::Error> {
        std::future::ready(Ok(Self)).await
    }
}

impl Service for Server {
    const STOP_WITHIN: Duration = Duration::from_secs(3);
    async fn stop(self, _: Stopping) -> Result<(), BoxError> {
        Ok(())
    }
}

#[derive(Debug, Clone)]
struct Store(String);

impl Store {
    fn open(path: &str) -> Result<Self, std::io::Error> {
        Ok(Self(path.to_owned()))
    }
    async fn close(self) -> Result<(), std::io::Error> {
        drop(self.0);
        std::future::ready(Ok(())).await
    }
}

#[derive(Debug)]
struct Config {
    data: String,
    rpc: u16,
}

/// The example of the design.
#[service_group(stop_within = "25s", lame_duck = "2s", stop_order(compaction, gateway, store))]
#[derive(Debug)]
pub struct App {
    config: Config,
    #[group]
    group: GroupHandle,
    #[service(start = Store::open(&config.data)?, stop = store.close().await)]
    store: Store,
    #[service(start = Server::bind(config.rpc, &store.0).await?, stop_within = "6s")]
    rpc: Server,
    #[service(start = { let _ = (rpc, group); Server::bind(config.rpc, "").await? }, start_within = "1m 30s")]
    gateway: Server,
    #[service(start = Server::bind(1, &format!("{store:?}")).await?, after(gateway), stop_within = "2s")]
    compaction: Server,
}

fn edges(service: usize) -> Vec<(usize, Why)> {
    App::PLAN.services()[service].needs().iter().map(|edge| (edge.service, edge.why)).collect()
}

#[test]
fn uses_become_edges() {
    assert_eq!(edges(0), []);
    assert_eq!(edges(1), [(0, Why::Use)]);
    assert_eq!(edges(2), [(1, Why::Use)]);
    assert_eq!(edges(3), [(0, Why::Use), (2, Why::After)]);
    assert_eq!(App::PLAN.services()[3].stops_before(), [2]);
    assert_eq!(App::PLAN.services()[2].stops_before(), [0]);
    assert_eq!(App::PLAN.order(), [0, 1, 2, 3]);
}

#[test]
fn windows_are_those_of_the_fields_or_the_types() {
    let windows: Vec<Window> = App::PLAN.services().iter().map(service_group::ServicePlan::window).collect();
    let seconds = Duration::from_secs;
    assert_eq!(
        windows,
        [
            Window::Guaranteed(seconds(5)),
            Window::Capped(seconds(6)),
            Window::Guaranteed(seconds(3)),
            Window::Capped(seconds(2)),
        ]
    );
    assert_eq!(App::PLAN.services()[2].start_within(), seconds(90));
    assert_eq!(App::PLAN.stop_within(), seconds(25));
    assert_eq!(App::PLAN.lame_duck(), seconds(2));
    assert_eq!(App::PLAN.needs(), seconds(16));
}
