//! The second mistake of docs/guide/01-first-hour.md.

#[path = "../../guide.rs"]
mod guide;

use guide::*;
use service_group::{Task, service_group};
use tokio::sync::mpsc::{Sender, channel};

#[service_group(stop_within = "20s")]
struct TeaHouse {
    config: Config,

    #[service(start = Pool, stop = pool.close().await)]
    pool: Pool,

    #[service(start = kitchen(pool.clone()), stop_within = "15s")]
    kitchen: Task<Sender<String>>,

    #[service(start = HttpServer::bind(config.http, routes(kitchen)).await?)]
    web: HttpServer,
}

fn kitchen(_: Pool) -> Task<Sender<String>> {
    Task::spawn(async |_| ()).with(channel(1).0)
}

fn main() {}
