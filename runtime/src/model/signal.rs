//! The signals that stop a run.

use std::fmt;

/// A signal that stops a run.
///
/// It displays by its name on Unix, `SIGTERM` for example; elsewhere [`Interrupt`](Self::Interrupt) is Ctrl-C, and
/// displays as that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignalKind {
    /// SIGTERM: what service managers and containers send.
    Terminate,
    /// SIGINT: what a terminal sends on Ctrl-C.
    Interrupt,
    /// SIGQUIT: what a terminal sends on Ctrl-\.
    Quit,
    /// SIGHUP: the terminal is gone.
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
