//! Starts and stops the services of an application in the order that its code already states.
//!
//! The attribute macro [`service_group`] derives the graph of dependencies from a struct: a service whose `start`
//! expression names another one depends on it. The compiler rejects a group whose slowest path does not fit into its stop
//! budget. [`Runner`] runs a group as the main job of a process: it takes the signals, stops every service in its window,
//! prints the report, and returns the exit code.
//!
//! ```no_run
//! use service_group::{Outcome, StopToken, Task, service_group};
//!
//! #[service_group(stop_within = "10s")]
//! struct App {
//!     #[service(start = Task::spawn(work))]
//!     worker: Task,
//! }
//!
//! async fn work(stop: StopToken) {
//!     stop.requested().await;
//! }
//!
//! # async fn example() -> Outcome {
//! App::run().await
//! # }
//! ```
//!
//! HTTP and gRPC servers, probes and a status page are in the crate `service-group-servers`.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "_dynamic")]
#[doc(hidden)]
pub mod dynamic;
mod engine;
mod model;
mod private;
mod process;
mod service;
mod state;
mod sync;
#[cfg(feature = "testing")]
#[cfg_attr(docsrs, doc(cfg(feature = "testing")))]
pub mod testing;
pub mod text;
mod view;

pub use engine::{FailedStart, Running, StartError, StartErrorKind, start_each, start_each_keyed};
pub use model::{
    BoxError, CutRequest, Detail, Drained, GroupPhase, GroupStatus, HangupAction, Key, NestedFailure,
    Panicked, Plan, RepeatAction, RestartsExhausted, ServerStats, ServiceGroup, ServiceId, ServiceKey,
    ServiceName, SharedError, SignalKind, StatsSource, StopCause, StopCauseKind, StopOutcome,
    StopOutcomeKind, StopReport, Take, Taken, TaskFailed,
};
#[cfg(feature = "console")]
pub use process::progress;
#[cfg(feature = "systemd")]
pub use process::systemd::{InheritedListener, InheritedOr, InheritedSocket};
pub use process::{Outcome, PartialRunner, Runner};
pub use service::{
    BlockingTask, BoxService, RestartPolicy, Service, ServiceContext, ServiceExit, SpawnError, Task,
    TaskFuture, TaskOutput, Tasks,
};
#[cfg(feature = "macros")]
#[doc = include_str!("../doc/service_group.md")]
pub use service_group_macros::service_group;
pub use state::{Changes, DrainSignal, GroupHandle, Hold, NotReady, StopContext, StopToken};
pub use view::canvas::Style;

/// The plan of a group: its parts, defaults, pictures, and settings for Kubernetes and systemd.
pub mod plan {
    pub use crate::model::{
        BudgetExceeded, DEFAULT_CHECK_WITHIN, DEFAULT_DROP_WITHIN, DEFAULT_SERVICE_STOP_WITHIN,
        DEFAULT_START_WITHIN, DEFAULT_STOP_WITHIN, Edge, EdgeKind, Plan, RetryPolicy, ServicePlan, Window,
    };
    pub use crate::view::plan::{Chart, KubernetesSettings, SystemdSettings, layout};
}

/// The report of a stop and its parts.
pub mod report {
    pub use crate::model::{
        CheckFailure, CheckReport, ReloadReport, ServiceStart, StartOutcome, StartReport,
    };
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

/// The programs of the pages in `docs/`.
#[cfg(doctest)]
mod docs {
    #[doc = include_str!("../../docs/several.md")]
    mod several {}

    #[doc = include_str!("../../docs/starting.md")]
    mod starting {}

    #[doc = include_str!("../../docs/running.md")]
    mod running {}

    #[cfg(feature = "testing")]
    #[doc = include_str!("../../docs/testing.md")]
    mod testing {}
}
