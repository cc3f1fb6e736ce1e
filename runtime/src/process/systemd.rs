//! Notifications to systemd, or to another service manager with its protocol, and the sockets that it passes.
//!
//! Nothing here changes the environment, contains `unsafe` code, or waits for the service manager.

#[cfg(feature = "systemd")]
mod activation;
#[cfg(feature = "systemd")]
mod inherited;
#[cfg(all(feature = "systemd", target_os = "linux"))]
mod lease;
#[cfg(not(all(feature = "systemd", target_os = "linux")))]
mod noop;
#[cfg(all(feature = "systemd", target_os = "linux"))]
mod notifier;
#[cfg(all(feature = "systemd", target_os = "linux"))]
mod status_text;

#[cfg(feature = "systemd")]
pub use activation::InheritedListener;
#[cfg(feature = "systemd")]
pub use inherited::{InheritedOr, InheritedSocket};
#[cfg(all(feature = "systemd", target_os = "linux"))]
pub(crate) use lease::Lease;
#[cfg(not(all(feature = "systemd", target_os = "linux")))]
pub(crate) use noop::Lease;
