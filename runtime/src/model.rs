//! What a group is, does and did, as plain data: plan, cause, status, statistics and report.

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

pub use cause::StopCause;
pub use error::{BoxError, NestedFailure, Panicked, RestartsExhausted, SharedError};
pub use name::ServiceName;
#[allow(unused_imports)]
pub(crate) use plan::budget_exceeded;
pub(crate) use plan::{DEFAULT_SERVICE_STOP_WITHIN, FAR, GRACE, Graph, stops_after};
pub use plan::{Edge, EdgeKind, Plan, ServicePlan, Window};
pub use report::{CutRequest, Detail, Drained, ServiceReport, StopOutcome, StopReport};
pub use service_group::{SealedGroup, ServiceGroup};
pub use service_id::{ServiceId, ServiceKey};
pub use signal::SignalKind;
pub use stats::{ServerStats, StatsSource};
pub use status::{GroupPhase, GroupStatus, ServiceState, ServiceStatus, StopProgress};
