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
    BoxError, CutRequest, Detail, Drained, GroupPhase, GroupStatus, Plan, ServerStats, ServiceGroup,
    ServiceId, ServiceKey, ServiceName, SharedError, SignalKind, StatsSource, StopCause, StopCauseKind,
    StopOutcome, StopOutcomeKind, StopReport,
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

/// The plan of a group: its parts, defaults, pictures, and settings for Kubernetes and systemd.
pub mod plan {
    pub use crate::model::{
        BudgetExceeded, DEFAULT_SERVICE_STOP_WITHIN, DEFAULT_START_WITHIN, DEFAULT_STOP_WITHIN, Edge,
        EdgeKind, Plan, ServicePlan, Window,
    };
    pub use crate::view::plan::{Chart, KubernetesSettings, SystemdSettings, layout};
}

/// The report of a stop and its parts.
pub mod report {
    pub use crate::model::{
        CutRequest, Detail, Drained, ServiceReport, StopOutcome, StopOutcomeKind, StopReport,
    };
    pub use crate::view::report::Timeline;
}

/// The status of a running group and its parts.
pub mod status {
    pub use crate::model::{
        GroupPhase, GroupStatus, ServerStats, ServiceState, ServiceStatus, StatsSource, StopProgress,
    };
}

/// The names that generated code refers to, with the version of their shape.
#[doc(hidden)]
pub mod __private0 {
    pub use crate::private::*;
}
