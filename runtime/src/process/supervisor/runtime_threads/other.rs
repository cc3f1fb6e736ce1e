//! A system that does not show the threads of a process.

/// The name of the threads is not known.
#[derive(Debug, Clone, Default)]
pub(crate) struct RuntimeName;

/// The threads are not known.
#[derive(Debug)]
pub(crate) struct RuntimeThreads;

impl RuntimeName {
    pub(crate) fn learn() -> Self {
        Self
    }
}

impl RuntimeThreads {
    pub(crate) fn alive_now(_: &RuntimeName) -> Self {
        Self
    }

    /// Returns whether one of them is alive; `None` if that is not known.
    pub(crate) fn any_is_alive(&self) -> Option<bool> {
        None
    }
}
