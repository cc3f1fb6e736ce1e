#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "_server")]
mod connection;
mod draining;
#[cfg(feature = "grpc")]
mod grpc;
#[cfg(any(feature = "http", feature = "grpc-health"))]
pub mod health;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "_server")]
mod layers;
#[cfg(feature = "_server")]
mod requests;
#[cfg(feature = "_server")]
mod serve;
#[cfg(feature = "_server")]
mod state;
#[cfg(feature = "http")]
pub mod statusz;
#[cfg(feature = "_server")]
mod stop;
#[cfg(feature = "_server")]
mod sync;
#[cfg(all(test, feature = "_server"))]
mod tests;

#[cfg(feature = "_server")]
pub use connection::into_listener::{BindFuture, IntoListener};
#[cfg(feature = "_server")]
pub use connection::listen_addr::ListenAddr;
#[cfg(all(feature = "tls", feature = "_server"))]
pub use connection::tls::{Tls, TlsInfo, TlsStream, tls};
pub use draining::Draining;
#[cfg(feature = "grpc")]
pub use grpc::GrpcServer;
#[cfg(feature = "http")]
pub use http::{HttpServer, IncomingStream, IntoHttpService};
#[cfg(feature = "_server")]
pub use layers::{
    AnswerBeforeCut, AnswersBeforeCut, AnswersBeforeCutService, EndAtDrain, EndsAtDrain, EndsAtDrainService,
};
#[cfg(feature = "_server")]
pub use requests::until_drain::UntilDrain;
#[cfg(feature = "grpc")]
pub use serve::tracked_routes::TrackedRoutes;
#[cfg(all(feature = "tls", feature = "_server"))]
pub use tokio_rustls::rustls;

/// The programs of a page in `docs/`.
#[cfg(all(doctest, feature = "http", feature = "grpc"))]
mod docs {
    #[doc = include_str!("../../docs/fits.md")]
    mod fits {}
}
