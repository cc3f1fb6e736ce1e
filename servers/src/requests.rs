//! Requests in flight: which there are, what keeps each in flight until its answer has left, and how each is reported.

pub(crate) mod body;
pub(crate) mod conn;
pub(crate) mod cut_answer;
pub(crate) mod guard;
mod in_flight;
pub(crate) mod kind;
pub(crate) mod name;
mod observer;
mod request_state;
pub(crate) mod unavailable;
pub(crate) mod until_drain;
