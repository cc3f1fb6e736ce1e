//! What systemd, or whatever speaks like it, is told and gives: notifications, and sockets that it keeps.
//!
//! Nothing here changes the environment, has `unsafe` code, or waits for the other side.

#[cfg(all(feature = "systemd", target_os = "linux"))]
mod claim;
#[cfg(feature = "systemd")]
mod handed;
#[cfg(feature = "systemd")]
mod inherited;
#[cfg(all(feature = "systemd", target_os = "linux"))]
mod notifier;
#[cfg(not(all(feature = "systemd", target_os = "linux")))]
mod without;
#[cfg(all(feature = "systemd", target_os = "linux"))]
mod words;

#[cfg(all(feature = "systemd", target_os = "linux"))]
pub(crate) use claim::Claim;
#[cfg(all(feature = "systemd", feature = "_server"))]
pub(crate) use handed::Listener;
#[cfg(feature = "systemd")]
pub use inherited::Inherited;
#[cfg(all(feature = "systemd", feature = "_server"))]
pub use inherited::InheritedOr;
#[cfg(all(feature = "systemd", target_os = "linux"))]
pub(crate) use notifier::Notifier;
#[cfg(not(all(feature = "systemd", target_os = "linux")))]
pub(crate) use without::{Claim, Notifier};
