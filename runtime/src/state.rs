//! What the handles of a group share while it lives, and what a service sees of its stop.

mod busy;
mod call_on_clone;
mod change_counter;
mod changes;
mod drain_signal;
mod group_state;
mod handle;
mod life_spans;
mod members;
mod not_ready;
mod not_ready_reasons;
mod reloads;
mod service_calls;
mod service_entry;
mod service_records;
mod snapshot;
mod stats_reader;
mod stop_context;
mod stop_token;

pub(crate) use busy::Busy;
pub(crate) use call_on_clone::{CallOnClone, CallRun, ResultChange};
pub(crate) use change_counter::ChangeCounter;
pub use changes::Changes;
pub use drain_signal::DrainSignal;
pub(crate) use group_state::{GroupState, Links, StateObserver};
pub use handle::GroupHandle;
pub(crate) use life_spans::{LIFE, Life, LifeSpans};
pub use not_ready::NotReady;
pub(crate) use service_calls::CallOnThread;
pub(crate) use service_entry::StopRequest;
pub(crate) use service_records::FailedPart;
pub use stop_context::{Hold, StopContext};
pub(crate) use stop_context::{StoppedService, force_lead};
pub use stop_token::StopToken;
