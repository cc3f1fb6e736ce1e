#![allow(dead_code)]

use service_group::{BoxError, Service, StopContext};

/// A service.
#[derive(Debug, Default)]
pub struct Server(pub u16);

impl Server {
    pub async fn bind(port: u16) -> Result<Self, std::io::Error> {
        Ok(Self(port))
    }

    pub fn port(&self) -> u16 {
        self.0
    }
}

impl Service for Server {
    async fn stop(self, _: StopContext) -> Result<(), BoxError> {
        Ok(())
    }
}

/// A type that is not a service.
#[derive(Debug, Clone, Default)]
pub struct Store;

impl Store {
    pub fn open(_: &str) -> Result<Self, std::fmt::Error> {
        Ok(Self)
    }

    pub async fn close(self) -> Result<(), std::io::Error> {
        Ok(())
    }

    pub async fn ping(&self) -> Result<(), std::io::Error> {
        Ok(())
    }

    pub fn open_count(&self) -> usize {
        1
    }

    pub fn flush(&mut self) {}
}
