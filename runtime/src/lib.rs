// Its examples have servers in them.
#![cfg_attr(all(feature = "axum", feature = "tonic"), doc = include_str!("../README.md"))]
#![cfg_attr(
    not(all(feature = "axum", feature = "tonic")),
    doc = "Starts and stops what an application is made of, in the order that its code has."
)]

mod busy;
mod cause;
#[cfg(feature = "console")]
pub mod console;
mod engine;
mod field;
mod graph;
mod group;
mod guard;
mod handle;
#[cfg(feature = "_server")]
mod health;
#[cfg(feature = "serde")]
mod json;
mod membership;
mod one_line;
mod outcome;
mod parts;
mod picture;
mod plan;
mod report;
mod runner;
mod running;
#[cfg(feature = "_server")]
mod server;
mod service;
mod shared;
mod start_error;
mod status;
#[cfg(feature = "axum")]
mod statusz;
mod stopping;
mod systemd;
mod task;
mod worker;

pub use cause::{SharedError, StopCause};
pub use group::ServiceGroup;
pub use handle::GroupHandle;
#[cfg(feature = "_server")]
pub use health::Health;
#[doc(hidden)]
pub use membership::Live;
pub use membership::Numbers;
pub use outcome::Outcome;
pub use picture::Style;
pub use plan::{Chart, Edge, KubernetesSettings, Plan, ServicePlan, SystemdSettings, Why, Window};
pub use report::{Cut, Detail, Drained, Ending, ServiceReport, StopReport, Timeline};
pub use runner::Runner;
pub use running::Running;
#[cfg(feature = "_server")]
pub use server::{Address, Draining};
#[cfg(feature = "tonic")]
pub use server::{CountedRoutes, GrpcServer};
#[cfg(feature = "axum")]
pub use server::{HttpServer, IncomingStream, MakeService};
pub use service::{BoxError, Ended, Service};
pub use service_group_macros::service_group;
pub use start_error::{StartError, StartErrorKind};
pub use status::{Phase, ServiceState, ServiceStatus, Status, StopProgress};
pub use stopping::{StopToken, Stopping};
#[cfg(feature = "systemd")]
pub use systemd::Inherited;
#[cfg(all(feature = "systemd", feature = "_server"))]
pub use systemd::InheritedOr;
pub use task::{RestartPolicy, Task, TaskOutput};
pub use worker::Worker;

/// What the macro writes refers to this and to nothing else: no part of the contract.
#[doc(hidden)]
pub mod __private0 {
    pub use crate::field::{MadeOf, Sendable, Shareable};
    pub use crate::group::ServiceGroup;
    pub use crate::handle::GroupHandle;
    pub use crate::membership::Membership;
    pub use crate::outcome::Outcome;
    pub use crate::parts::{
        AnyCell, BoxFuture, Cell, Entry, Owned, Parts, Shared, StartFuture, StopFuture, Taken, Whole, Wiring,
        boxed, joined, joins_silently, stop, take,
    };
    pub use crate::plan::{Edge, Plan, ServicePlan, Why};
    pub use crate::runner::Runner;
    pub use crate::running::Running;
    pub use crate::service::{BoxError, Ended, Service, StopOutput};
    pub use crate::start_error::StartError;
    pub use crate::stopping::Stopping;
    pub use service_group_macros::ServiceGroup as DeriveServiceGroup;
    pub use std::boxed::Box;
    pub use std::clone::Clone;
    pub use std::marker::{Send, Sync};
    pub use std::mem::drop;
    pub use std::option::Option::{self, None, Some};
    pub use std::result::Result::{self, Err, Ok};
    pub use std::sync::Arc;
    pub use std::time::Duration;
    pub use std::vec::Vec;
}
