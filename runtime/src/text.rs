//! Text that the library writes: pieces that every other folder may use, and that know nothing of groups.

mod error_chain;
mod human_duration;
mod one_line;
mod panic_message;
pub(crate) mod stderr;

pub use error_chain::ErrorChain;
pub use human_duration::HumanDuration;
pub use one_line::OneLine;
pub(crate) use one_line::printable;
pub use panic_message::panic_message;
