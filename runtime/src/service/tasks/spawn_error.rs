//! The error of a task that was not spawned.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use crate::text::OneLine;

/// A task was not spawned, because its [`Tasks`](crate::Tasks) is stopping or was dropped. It contains the closure.
pub struct SpawnError<C> {
    run: C,
    task: Cow<'static, str>,
    service: Option<&'static str>,
}

impl<C> SpawnError<C> {
    pub(super) fn new(run: C, task: Cow<'static, str>, service: Option<&'static str>) -> Self {
        Self { run, task, service }
    }

    /// Returns the closure, which was not called.
    pub fn into_inner(self) -> C {
        self.run
    }
}

impl<C> fmt::Debug for SpawnError<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpawnError")
            .field("task", &self.task)
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}

impl<C> fmt::Display for SpawnError<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` was not spawned: ", OneLine(&self.task))?;
        match self.service {
            Some(service) => write!(f, "`{service}` is stopping"),
            None => f.write_str("its `Tasks` is stopping or was dropped"),
        }
    }
}

impl<C> Error for SpawnError<C> {}
