//! The handle of a running start, which cancels it.

use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;

use crate::state::{StopContext, StopToken};

/// A running start.
pub(crate) struct StartHandle {
    abort: Abort,
    /// A nested group is never aborted in its start: dropping the future would drop what it has started instead of
    /// stopping it. It gets a request to roll back.
    nested: Option<StopToken>,
    /// Cancels the start of a service that may be a group, unless one has begun to start in it.
    cancel: Option<CancellationToken>,
}

/// How a start is ended.
enum Abort {
    Task(AbortHandle),
    /// A member of a collection starts in the task of its field.
    Member(CancellationToken),
}

impl StartHandle {
    pub(super) fn of_task(
        task: AbortHandle,
        nested: Option<StopToken>,
        cancel: Option<CancellationToken>,
    ) -> Self {
        Self { abort: Abort::Task(task), nested, cancel }
    }

    /// Returns the start of a member of a collection, and the tokens that end it.
    pub(super) fn of_member() -> (Self, MemberTokens) {
        let abort = CancellationToken::new();
        let cancel = CancellationToken::new();
        let stop = StopToken::new();
        let tokens = MemberTokens { abort, cancel, stop };
        let MemberTokens { abort, cancel, stop } = tokens.clone();
        (Self { abort: Abort::Member(abort), nested: Some(stop), cancel: Some(cancel) }, tokens)
    }

    /// Cancels the start. A nested group goes on until [`request_stop`](Self::request_stop).
    pub(crate) fn cancel(&self) {
        match (&self.cancel, &self.nested) {
            (Some(cancel), _) => cancel.cancel(),
            (None, None) => self.abort(),
            (None, Some(_)) => {}
        }
    }

    /// Requests that a nested group rolls back its start.
    pub(crate) fn request_stop(&self, context: &StopContext) {
        if let Some(nested) = &self.nested {
            nested.request(context.clone());
        }
    }

    /// Ends the start, nested or not.
    pub(crate) fn abort(&self) {
        match &self.abort {
            Abort::Task(task) => task.abort(),
            Abort::Member(token) => token.cancel(),
        }
    }
}

/// What ends the start of a member of a collection.
#[derive(Clone)]
pub(super) struct MemberTokens {
    /// Ends it, whatever it is.
    pub(super) abort: CancellationToken,
    /// Ends it unless it is a group, which rolls itself back.
    pub(super) cancel: CancellationToken,
    /// Requests that a group rolls back its start.
    pub(super) stop: StopToken,
}
