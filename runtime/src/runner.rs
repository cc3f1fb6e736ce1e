//! A run of a group: what the macro's `run`, `start` and `runner` go through.

use std::marker::PhantomData;
use std::ops::Deref;
use std::process::{ExitCode, Termination};

use crate::group::{GroupHandle, ServiceGroup};
use crate::parts::Wiring;
use crate::service::{BoxError, Service};
use crate::stopping::Stopping;

/// A group that is about to start.
#[derive(Debug)]
pub struct Runner<A>(PhantomData<A>);

/// How a run ended.
#[derive(Debug)]
pub struct Outcome {}

impl Termination for Outcome {
    fn report(self) -> ExitCode {
        ExitCode::SUCCESS
    }
}

/// Why a group did not start.
#[derive(Debug)]
pub struct StartError {}

impl std::fmt::Display for StartError {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Ok(())
    }
}

impl std::error::Error for StartError {}

/// A group that has started.
#[derive(Debug)]
pub struct Running<A>(A);

impl<A> Deref for Running<A> {
    type Target = A;
    fn deref(&self) -> &A {
        &self.0
    }
}

impl<A: ServiceGroup> Service for Running<A> {
    const NESTED: Option<&'static crate::Plan> = Some(&A::PLAN);
    async fn stop(self, _: Stopping) -> Result<(), BoxError> {
        Ok(())
    }
}

impl<A: ServiceGroup> Runner<A> {
    /// What the macro calls.
    #[doc(hidden)]
    pub fn new<C: Send + Sync + 'static>(
        _cells: impl FnOnce(GroupHandle) -> C + Send + 'static,
        _wiring: &'static Wiring<C, A>,
    ) -> Self {
        Self(PhantomData)
    }
    /// Starts the group.
    ///
    /// # Errors
    ///
    /// The first service that did not start.
    #[allow(clippy::unused_async)]
    pub async fn start(self) -> Result<Running<A>, StartError> {
        Err(StartError {})
    }

    /// Runs the group.
    #[allow(clippy::unused_async)]
    pub async fn run(self) -> Outcome {
        Outcome {}
    }
}
