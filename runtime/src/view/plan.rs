//! The plan as a chart, pictures, graph languages, and settings of what runs the process.

mod chart;
mod deploy;
mod diagram;
mod dot;
mod kubernetes;
mod layout;
mod mermaid;
mod schedule;
mod svg;
mod systemd;

pub use chart::Chart;
pub use kubernetes::KubernetesSettings;
#[cfg(feature = "axum")]
pub(crate) use layout::{Arrow, Layout, Node};
pub use systemd::SystemdSettings;
