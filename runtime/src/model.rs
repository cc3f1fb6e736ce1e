//! The data of a group: plan, cause of a stop, status, statistics and report.

mod cause;
mod check_report;
mod error;
mod name;
pub(crate) mod plan;
mod reload_report;
pub(crate) mod report;
mod service_group;
mod service_id;
mod signal;
mod start_report;
mod stats;
mod status;
mod taken;

pub use cause::{StopCause, StopCauseKind};
pub use check_report::{CheckFailure, CheckReport};
pub use error::{BoxError, NestedFailure, Panicked, RestartsExhausted, SharedError, TaskFailed};
pub use name::ServiceName;
pub(crate) use name::inner_path;
pub use plan::{
    BudgetExceeded, CallKind, DEFAULT_CHECK_WITHIN, DEFAULT_DROP_WITHIN, DEFAULT_SERVICE_STOP_WITHIN,
    DEFAULT_START_WITHIN, DEFAULT_STOP_WITHIN, Edge, EdgeKind, Plan, RetryPolicy, ServicePlan, Window,
};
pub(crate) use plan::{ByCall, Exact, FAR, GRACE, Graph, budget_exceeded};
pub use reload_report::ReloadReport;
pub use report::{CutRequest, Detail, Drained, ServiceReport, StopOutcome, StopOutcomeKind, StopReport};
pub use service_group::{SealedGroup, ServiceGroup};
pub use service_id::{Key, ServiceId, ServiceKey};
pub use signal::{HangupAction, RepeatAction, SignalKind};
pub use start_report::{ServiceStart, StartOutcome, StartReport};
pub use stats::{ServerStats, StatsSource};
pub use status::{GroupPhase, GroupStatus, ServiceState, ServiceStatus, StopProgress};
pub use taken::{Take, Taken};
