//! The signals that stop a run.

use std::fmt;

/// A signal that stops a run.
///
/// It displays as its Unix name, for example `SIGTERM`. On other platforms [`Interrupt`](Self::Interrupt) is Ctrl-C and
/// displays as `Ctrl-C`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignalKind {
    /// SIGTERM, which service managers and container runtimes send.
    Terminate,
    /// SIGINT, which a terminal sends on Ctrl-C.
    Interrupt,
    /// SIGQUIT, which a terminal sends on Ctrl-\.
    Quit,
    /// SIGHUP, which a terminal sends when it closes.
    Hangup,
}

impl fmt::Display for SignalKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Terminate => "SIGTERM",
            Self::Interrupt if cfg!(unix) => "SIGINT",
            Self::Interrupt => "Ctrl-C",
            Self::Quit => "SIGQUIT",
            Self::Hangup => "SIGHUP",
        })
    }
}
