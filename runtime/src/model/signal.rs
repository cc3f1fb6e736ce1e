//! The signals that stop a run, and what a run does with some of them.

use std::fmt;

/// A signal that a run knows.
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
    /// SIGHUP, which a terminal sends when it closes, and which asks a daemon to reload.
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

/// What a run does on SIGHUP: [`Runner::hangup`](crate::Runner::hangup).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum HangupAction {
    /// It reloads the services that have a `reload`, as [`GroupHandle::reload`](crate::GroupHandle::reload) does. It stops if
    /// no service has one, nested groups included, and if the signal came because the terminal of the process has gone.
    #[default]
    Reload,
    /// It stops, as on SIGTERM.
    Stop,
    /// It does nothing. The signal is left to the program, which may have a handler of its own.
    Ignore,
}

/// What a run does when the signal that began its stop comes again: [`Runner::repeated`](crate::Runner::repeated).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum RepeatAction {
    /// It forces the stop; once more, and the process ends.
    #[default]
    Force,
    /// It does nothing: for platforms that send SIGTERM more than once. Any other signal forces the stop.
    Ignore,
}
