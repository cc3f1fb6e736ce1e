//! The data of a group: plan, cause of a stop, status, statistics and report.

mod cause;
mod error;
mod name;
pub(crate) mod plan;
pub(crate) mod report;
mod service_group;
mod service_id;
mod signal;
mod stats;
mod status;

pub use cause::{StopCause, StopCauseKind};
pub use error::{BoxError, NestedFailure, Panicked, RestartsExhausted, SharedError};
pub use name::ServiceName;
pub use plan::{
    BudgetExceeded, DEFAULT_SERVICE_STOP_WITHIN, DEFAULT_START_WITHIN, DEFAULT_STOP_WITHIN, Edge, EdgeKind,
    Plan, ServicePlan, Window,
};
pub(crate) use plan::{FAR, GRACE, Graph, budget_exceeded};
pub use report::{CutRequest, Detail, Drained, ServiceReport, StopOutcome, StopOutcomeKind, StopReport};
pub use service_group::{SealedGroup, ServiceGroup};
pub use service_id::{ServiceId, ServiceKey};
pub use signal::{HangupAction, RepeatAction, SignalKind};
pub use stats::{ServerStats, StatsSource};
pub use status::{GroupPhase, GroupStatus, ServiceState, ServiceStatus, StopProgress};
