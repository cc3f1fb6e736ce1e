//! Text of the library that does not depend on groups: errors, durations, panics and foreign text on one line, text in
//! XML, and lines to stderr.

mod error_chain;
pub(crate) mod events;
mod human_duration;
mod one_line;
mod panic_message;
mod quoted;
pub(crate) mod stderr;
mod xml;

pub use error_chain::ErrorChain;
pub(crate) use error_chain::{bounded, sources};
pub use human_duration::HumanDuration;
pub use one_line::OneLine;
pub(crate) use one_line::printable;
pub use panic_message::{catch_panic, panic_message};
pub(crate) use quoted::quoted;
pub use xml::XmlText;
