//! The lease and the notifier without the feature, and on systems without systemd: there are none.

use std::sync::Arc;

use crate::process::supervisor::Registration;
use crate::state::{GroupState, StateObserver};
use crate::text::events::EventSink;

/// There is no lease.
#[derive(Debug)]
pub(crate) enum Lease {}

impl Lease {
    pub(crate) fn from_env(_: &EventSink) -> Option<Self> {
        None
    }

    pub(crate) fn notifier(&self) -> Arc<Notifier> {
        match *self {}
    }
}

/// There is no notifier.
#[derive(Debug)]
pub(crate) enum Notifier {}

impl Notifier {
    pub(crate) fn serve(self: &Arc<Self>, _: &Arc<GroupState>, _: &Registration) {
        match **self {}
    }
}

impl StateObserver for Notifier {
    fn stop_requested(&self, _: &GroupState) {
        match *self {}
    }

    fn phase_changed(&self, _: &GroupState) {
        match *self {}
    }

    fn final_text(&self, _: &str) {
        match *self {}
    }
}
