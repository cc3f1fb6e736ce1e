//! What systemd, or whatever speaks like it, is told and gives: notifications, and sockets that it keeps.
//!
//! Nothing here changes the environment, has `unsafe` code, or waits for the other side.

mod handed;
mod inherited;

#[cfg(feature = "_server")]
pub(crate) use handed::Listener;
pub use inherited::Inherited;
#[cfg(feature = "_server")]
pub use inherited::InheritedOr;
