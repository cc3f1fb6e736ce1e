//! What the tests of several files use: groups made at run time, with services that do as they are told.

mod scripted;

pub use scripted::{Act, Event, History, Scripted, Service, paused};
