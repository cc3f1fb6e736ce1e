//! The plan as a chart, pictures, graph languages, and settings for systems that run the process.

mod chart;
mod deploy;
mod diagram;
mod dot;
mod explain;
mod kubernetes;
pub mod layout;
mod mermaid;
mod schedule;
mod summary;
mod svg;
mod systemd;

pub use chart::Chart;
pub use kubernetes::KubernetesSettings;
pub use systemd::SystemdSettings;
