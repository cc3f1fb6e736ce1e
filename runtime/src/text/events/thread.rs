//! The thread that emits the events of a run.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tracing::Dispatch;
use tracing::subscriber::NoSubscriber;

use super::queue::{self, Sender};
use super::shielded_span::ShieldedSpan;
use super::sink::EventSink;
use crate::text::stderr;

/// How long the end of a run waits for events that have not been emitted.
const LAST_EVENTS: Duration = Duration::from_millis(250);

/// The thread that emits the events of a run. Dropping it waits for the last events, for at most 250 ms.
#[derive(Debug)]
pub(crate) struct EventThread {
    group: &'static str,
    sender: Sender,
    ended: mpsc::Receiver<()>,
}

impl EventThread {
    /// Spawns the thread, which uses the subscriber that is current now, and returns a sink for it.
    ///
    /// If the system does not grant a thread, the events are emitted in place.
    pub(crate) fn spawn(group: &'static str) -> (EventSink, Option<Self>) {
        let (sender, receiver) = queue::channel();
        let (end, ended) = mpsc::channel();
        let dispatch = tracing::dispatcher::get_default(Dispatch::clone);
        let emit = move || {
            if dispatch.is::<NoSubscriber>() {
                // Each event then finds a subscriber that a service sets for the whole process.
                receiver.emit_all();
            } else {
                tracing::dispatcher::with_default(&dispatch, || receiver.emit_all());
            }
            // The receiver is gone if a subscriber blocked for too long.
            let _ = end.send(());
        };
        if thread::Builder::new().name("service-group-events".to_owned()).spawn(emit).is_err() {
            return (EventSink::in_place(), None);
        }
        let sink = EventSink::to_thread(sender.clone(), ShieldedSpan::current());
        (sink, Some(Self { group, sender, ended }))
    }
}

impl Drop for EventThread {
    fn drop(&mut self) {
        let is_empty = self.sender.is_empty();
        self.sender.close();
        // A blocking wait: a timer would need the runtime, whose clock may be paused. Without an event there is nothing to wait
        // for, and the thread ends by itself.
        let in_time = is_empty || self.ended.recv_timeout(LAST_EVENTS).is_ok();
        let lost = if in_time { 0 } else { self.sender.give_up() };
        if lost > 0 {
            let (group, events) = (self.group, if lost == 1 { "event" } else { "events" });
            stderr::print_detached(format!(
                "service-group: the tracing subscriber blocks: {lost} {events} of `{group}` were not logged"
            ));
        }
    }
}
