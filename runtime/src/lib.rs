// Its examples have servers in them.
#![cfg_attr(all(feature = "axum", feature = "tonic"), doc = include_str!("../README.md"))]
#![cfg_attr(
    not(all(feature = "axum", feature = "tonic")),
    doc = "Starts and stops what an application is made of, in the order that its code has."
)]

mod engine;
#[cfg(feature = "_server")]
mod health;
mod model;
mod private;
mod process;
#[cfg(feature = "_server")]
mod server;
mod service;
mod state;
#[cfg(feature = "axum")]
mod statusz;
mod sync;
pub mod text;
mod view;

pub use engine::{Running, StartError, StartErrorKind};
#[cfg(feature = "_server")]
pub use health::Health;
pub use model::{
    BoxError, CutRequest, Detail, Drained, Edge, EdgeKind, GroupPhase, GroupStatus, Plan, ServerStats,
    ServiceGroup, ServiceId, ServiceKey, ServiceName, ServicePlan, ServiceReport, ServiceState,
    ServiceStatus, SharedError, SignalKind, StatsSource, StopCause, StopOutcome, StopProgress, StopReport,
    Window,
};
#[cfg(feature = "console")]
pub use process::progress;
#[cfg(all(feature = "systemd", feature = "_server"))]
pub use process::systemd::InheritedOr;
#[cfg(feature = "systemd")]
pub use process::systemd::InheritedSocket;
pub use process::{Outcome, Runner};
#[cfg(feature = "_server")]
pub use server::{Address, Draining};
#[cfg(feature = "tonic")]
pub use server::{CountedRoutes, GrpcServer};
#[cfg(feature = "axum")]
pub use server::{HttpServer, IncomingStream, MakeService};
pub use service::{BlockingTask, RestartPolicy, Service, ServiceContext, ServiceExit, Task, TaskOutput};
pub use service_group_macros::service_group;
pub use state::{GroupHandle, Hold, StopContext, StopToken};
pub use view::canvas::Style;
pub use view::plan::{Chart, KubernetesSettings, SystemdSettings};
pub use view::report::Timeline;

/// The names that generated code refers to, with the version of their shape.
#[doc(hidden)]
pub mod __private0 {
    pub use crate::private::*;
}
