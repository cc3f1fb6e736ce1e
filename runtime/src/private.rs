//! The names that generated code refers to. They are not part of the public contract: the macro crate and this crate
//! depend on each other's exact version.

pub use std::boxed::Box;
pub use std::clone::Clone;
pub use std::convert::Into;
pub use std::marker::{Send, Sync};
pub use std::mem::drop;
pub use std::option::Option::{self, None, Some};
pub use std::primitive::str;
pub use std::result::Result::{self, Err, Ok};
pub use std::sync::Arc;
pub use std::time::Duration;
pub use std::vec::Vec;

#[cfg(feature = "macros")]
pub use service_group_macros::import_service_group as DeriveServiceGroup;

pub use crate::engine::erased::{
    AnyCell, BoxFuture, CellsOf, ErasedCells, ErasedGroup, ErasedServices, GroupVTable, Handle, Lent,
    OwnedCell, PreviousValue, PutValue, Sendable, ServiceDefinition, ServiceVTable, Shareable, SharedCell,
    StartFuture, StopFuture, TakenValue, ValueCell, VisiblySendable, VisiblyShareable, boxed, call_on_clone,
    full, given, joined, joined_noop, no_cell, started, stop, take,
};
pub use crate::engine::{Running, StartError};
pub use crate::model::{
    BoxError, CallKind, Edge, EdgeKind, Key, Plan, SealedGroup, ServiceGroup, ServicePlan,
};
pub use crate::process::{Outcome, Runner};
pub use crate::service::plan::{NoService, TypeOf};
pub use crate::service::{
    CallOutput, Callable, CheckOutput, Finished, Service, ServiceContext, ServiceExit, StopOutput,
};
pub use crate::state::{GroupHandle, StopContext};
