#![doc = include_str!("../README.md")]

mod cause;
mod group;
#[cfg(feature = "_server")]
mod health;
mod membership;
mod parts;
mod plan;
mod report;
mod runner;
#[cfg(feature = "_server")]
mod server;
mod service;
mod stopping;

pub use cause::{SharedError, StopCause};
pub use group::{GroupHandle, ServiceGroup};
#[cfg(feature = "_server")]
pub use health::Health;
pub use membership::{Live, Numbers};
pub use plan::{Edge, Plan, ServicePlan, Why, Window};
pub use report::{Cut, Detail, Drained, StopReport};
pub use runner::{Outcome, Runner, Running, StartError};
#[cfg(feature = "_server")]
pub use server::Draining;
#[cfg(feature = "tonic")]
pub use server::GrpcServer;
#[cfg(feature = "axum")]
pub use server::HttpServer;
pub use service::{BoxError, Ended, Service};
pub use service_group_macros::service_group;
pub use stopping::Stopping;

/// What the macro writes refers to this and to nothing else: no part of the contract.
#[doc(hidden)]
pub mod __private0 {
    pub use crate::group::{GroupHandle, ServiceGroup};
    pub use crate::membership::Membership;
    pub use crate::parts::{
        AnyCell, BoxFuture, Cell, Entry, Owned, Parts, Shared, StartFuture, StopFuture, Taken, Whole, Wiring,
        boxed, joined, joins_silently, stop, take,
    };
    pub use crate::plan::{Edge, Plan, ServicePlan, Why};
    pub use crate::runner::{Outcome, Runner, Running, StartError};
    pub use crate::service::{BoxError, Ended, Service, StopOutput};
    pub use crate::stopping::Stopping;
    pub use service_group_macros::ServiceGroup as DeriveServiceGroup;
    pub use std::boxed::Box;
    pub use std::mem::drop;
    pub use std::option::Option::{self, None, Some};
    pub use std::result::Result::{self, Err, Ok};
    pub use std::sync::Arc;
    pub use std::time::Duration;
    pub use std::vec::Vec;
}
