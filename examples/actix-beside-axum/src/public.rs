//! The public server: actix-web as a task of the group.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;

use actix_web::dev::Server;
use actix_web::{App, HttpServer, web};
use service_group::{BoxError, StopToken, Task};

/// Listens on the address, and serves in a task that derefs to the address.
pub(crate) fn serve(address: SocketAddr) -> io::Result<Task<SocketAddr>> {
    let server = HttpServer::new(|| App::new().route("/words", web::post().to(count_words)))
        .disable_signals() // they are the group's
        .shutdown_timeout(u64::MAX) // the window of the service limits the stop
        .bind(address)?;
    let address = server.addrs()[0];
    let server = server.run();
    Ok(Task::spawn(|stop| run(server, stop)).with(address))
}

async fn count_words(text: String) -> String {
    format!("{} words\n", text.split_whitespace().count())
}

/// Runs the server until the group stops.
async fn run(server: Server, stop: StopToken) -> Result<(), BoxError> {
    let handle = server.handle();
    let mut server = pin!(server);
    let stopping = tokio::select! {
        ended = &mut server => {
            ended?;
            return Err("actix-web ended by itself".into());
        }
        stopping = stop.requested() => stopping,
    };
    // actix closes its listener and idle connections, and answers the requests in flight. Meanwhile it reads no other
    // request to stop, such as `stop(false)`: what is left is cut by the drop of the server.
    let answered = async { tokio::join!(handle.stop(true), server).1 };
    tokio::select! {
        ended = answered => Ok(ended?),
        () = stopping.forced() => Ok(()),
    }
}
