//! A gRPC service of strings, without code generation.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::http::{Request, Response};
use futures_util::FutureExt;
use futures_util::future::Map;
use tonic::Status;
use tonic::body::Body;
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic_prost::ProstCodec;

/// The path of the method.
pub const UNARY_PATH: &str = "/bench.Unary/Call";

/// The codec of both sides.
#[must_use]
pub fn codec() -> ProstCodec<String, String> {
    ProstCodec::default()
}

/// A service with one unary method, [`UNARY_PATH`], that answers what the function returns.
#[derive(Debug, Clone)]
pub struct Unary<F>(pub F);

type Answer = Result<tonic::Response<String>, Status>;

impl<F, T> UnaryService<String> for Unary<F>
where
    F: Fn(String) -> T,
    T: Future<Output = String>,
{
    type Response = String;
    type Future = Map<T, fn(String) -> Answer>;

    fn call(&mut self, request: tonic::Request<String>) -> Self::Future {
        (self.0)(request.into_inner()).map(|answer| Ok(tonic::Response::new(answer)))
    }
}

impl<F> NamedService for Unary<F> {
    const NAME: &'static str = "bench.Unary";
}

impl<F, T> tower_service::Service<Request<Body>> for Unary<F>
where
    F: Fn(String) -> T + Clone + Send + Sync + 'static,
    T: Future<Output = String> + Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let service = self.clone();
        Box::pin(async move { Ok(Grpc::new(codec()).unary(service, request).await) })
    }
}
