//! The first mistake of docs/guide/01-first-hour.md.

#[path = "../../support.rs"]
mod support;

use service_group::{BoxError, Service, StopContext, Task, service_group};
#[allow(unused_imports)]
use support::*;
use tokio::sync::mpsc::{Sender, channel};

struct Config {
    http: &'static str,
}

#[service_group(stop_within = "20s")]
struct TeaHouse {
    config: Config,

    #[service(start = Pool, stop = pool.close().await)]
    pool: Pool,

    #[service(start = kitchen(pool.clone(), web.local_addr()), stop_within = "3s")]
    kitchen: Task<Sender<String>>,

    #[service(start = HttpServer::bind(config.http, routes(kitchen)).await?)]
    web: HttpServer,
}

#[derive(Clone)]
struct Pool;

impl Pool {
    async fn close(self) {}
}

fn kitchen(_: Pool, _: u16) -> Task<Sender<String>> {
    Task::spawn(async |_| ()).with(channel(1).0)
}

struct HttpServer(Server);

impl HttpServer {
    async fn bind(_: &str, _: ()) -> Result<Self, std::io::Error> {
        Ok(Self(Server(0)))
    }

    fn local_addr(&self) -> u16 {
        self.0.port()
    }
}

impl Service for HttpServer {
    async fn stop(self, _: StopContext) -> Result<(), BoxError> {
        Ok(())
    }
}

fn routes(_: &Sender<String>) {}

fn main() {}
