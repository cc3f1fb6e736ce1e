//! What the mistakes of docs/guide/01-first-hour.md have in common.
#![allow(dead_code)]

use service_group::{BoxError, Service, StopContext};
use tokio::sync::mpsc::Sender;

pub struct Config {
    pub http: &'static str,
}

#[derive(Clone)]
pub struct Pool;

impl Pool {
    pub async fn close(self) {}
}

pub struct HttpServer;

impl HttpServer {
    pub async fn bind(_: &str, _: ()) -> Result<Self, std::io::Error> {
        Ok(Self)
    }

    pub fn local_addr(&self) -> u16 {
        0
    }
}

impl Service for HttpServer {
    async fn stop(self, _: StopContext) -> Result<(), BoxError> {
        Ok(())
    }
}

pub fn routes(_: &Sender<String>) {}
