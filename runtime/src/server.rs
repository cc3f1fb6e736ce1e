//! HTTP and gRPC servers that always stop within their window, whatever their clients do.
//!
//! The serve loops are axum's and tonic's own. Around them: every connection goes through a [`gate`] that can cut it
//! from outside, every request is in the [`book`] of its connection until its whole answer has left, and [`stop`]
//! walks from the one to the other. Nothing here may wait for a client without also waiting for the force.

mod body;
mod book;
mod conn;
mod core;
mod door;
mod draining;
mod ends;
mod gate;
mod observer;
mod socket;
mod stop;
mod tally;
#[cfg(test)]
mod tests;
mod track;

#[cfg(feature = "tonic")]
mod grpc;
#[cfg(feature = "axum")]
mod http;

pub use draining::Draining;
#[cfg(feature = "tonic")]
pub use grpc::{CountedRoutes, GrpcServer};
#[cfg(feature = "axum")]
pub use http::HttpServer;

use std::fmt::Debug;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::net::{TcpListener, ToSocketAddrs};

/// A listening socket, or an error that names the address.
async fn listen(addr: impl ToSocketAddrs + Debug) -> io::Result<TcpListener> {
    let name = format!("{addr:?}").replace('"', "");
    TcpListener::bind(addr).await.map_err(|error| {
        let text = error.to_string();
        let (first, rest) = text.split_at(text.chars().next().map_or(0, char::len_utf8));
        io::Error::new(error.kind(), format!("cannot listen on {name}: {}{rest}", first.to_lowercase()))
    })
}

/// Nobody panics while holding one of our locks but by a bug in a foreign IO's poll, whose value is then closed.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
