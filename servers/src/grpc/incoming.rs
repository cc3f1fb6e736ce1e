//! Connections for a tonic server of the user's own, each of which can be cut.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::http::Extensions;
use axum::serve::Listener;
use futures_util::{Stream, StreamExt, stream};
use tokio::io::{AsyncRead, AsyncWrite};
use tonic::transport::server::Connected;

use crate::connection::connections::Connections;
use crate::connection::io::CuttableIo;
use crate::connection::key::ConnectionKey;
use crate::connection::listener::{DrainingListener, Source};
#[cfg(feature = "tls")]
use crate::serve::extensions::insert_tls_info;
use crate::serve::server_task::ShutdownHandle;
use crate::state::CountGuard;

/// Returns what a listener accepts.
pub(super) fn accepted<L: Listener>(
    listener: L,
) -> impl Stream<Item = Result<L::Io, Infallible>> + Send + use<L> {
    stream::unfold(listener, |mut listener| async move {
        let (io, _) = listener.accept().await;
        Some((Ok(io), listener))
    })
}

/// Returns the user's connections, each of which can be cut. `wrap` makes of a connection what is served.
pub(super) fn cuttable<I, IO, IE, T, W>(
    incoming: I,
    wrap: W,
    shutdown: &ShutdownHandle,
) -> impl Stream<Item = Result<CuttableIo<T, IO::ConnectInfo>, IE>> + Send + use<I, IO, IE, T, W>
where
    W: Fn(IO) -> T + Send + Sync + 'static,
    I: Stream<Item = Result<IO, IE>> + Send + 'static,
    IO: Connected + Send + 'static,
    IE: Send + 'static,
    T: AsyncRead + AsyncWrite + Send + 'static,
{
    let connections = Arc::clone(&shutdown.connections);
    let guard = CountGuard::of_listener(&connections.state);
    let listener = DrainingListener::new(Box::pin(incoming), guard);
    stream::unfold((listener, connections, wrap), |(mut listener, connections, wrap)| async move {
        let item = match listener.next().await {
            Some(Ok(io)) => Ok(admit(&connections, io.connect_info(), wrap(io))),
            // In the drain, neither the end nor errors without end keep a listener from being dropped.
            _ if connections.state.is_draining() => listener.shut().await,
            Some(Err(error)) => Err(error),
            None => return None,
        };
        Some((item, (listener, connections, wrap)))
    })
}

impl<S: Stream<Item: Send> + Send> Source for Pin<Box<S>> {
    type Item = Option<S::Item>;

    fn accept(&mut self) -> impl Future<Output = Self::Item> + Send {
        self.next()
    }
}

fn admit<T, I>(connections: &Connections, info: I, io: T) -> CuttableIo<T, I>
where
    T: AsyncWrite + Send + 'static,
    I: Clone + Send + Sync + 'static,
{
    let mut of_tonic = Extensions::new();
    of_tonic.insert(info.clone());
    let key = ConnectionKey::from_extensions(&of_tonic);
    #[cfg_attr(not(feature = "tls"), expect(unused_mut, reason = "there is nothing to insert"))]
    let mut extensions = Extensions::new();
    #[cfg(feature = "tls")]
    insert_tls_info(&mut extensions, &io);
    connections.admit_incoming(io, key, info, extensions)
}

impl<IO, I> Connected for CuttableIo<IO, I>
where
    I: Clone + Send + Sync + 'static,
{
    type ConnectInfo = I;

    fn connect_info(&self) -> I {
        self.info().clone()
    }
}
