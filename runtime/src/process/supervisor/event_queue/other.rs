//! Without Unix signals: Ctrl-C through tokio, without the guarantee that it works while the runtime is blocked. Untested.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

use crate::model::SignalKind;
use crate::process::supervisor::SignalSet;
use crate::sync::lock;

/// Stands for Ctrl-C.
const INTERRUPT: i32 = 2;

#[derive(Debug)]
pub(crate) struct EventQueue {
    send: Sender<Option<i32>>,
    receive: Mutex<Receiver<Option<i32>>>,
}

impl EventQueue {
    pub(crate) fn new() -> Self {
        let (send, receive) = channel();
        Self { send, receive: Mutex::new(receive) }
    }

    /// Listens in the runtime of the run, as long as it lives.
    pub(crate) fn listen(&self, signals: SignalSet) {
        if !signals.contains(SignalKind::Interrupt) {
            return;
        }
        let send = self.send.clone();
        tokio::spawn(async move {
            while tokio::signal::ctrl_c().await.is_ok() && send.send(Some(INTERRUPT)).is_ok() {}
        });
    }

    pub(crate) fn wait(&self, until: Option<Instant>) -> Vec<i32> {
        let receive = lock(&self.receive);
        let event = match until {
            Some(until) => receive.recv_timeout(until.saturating_duration_since(Instant::now())).ok(),
            None => receive.recv().ok(),
        };
        event.flatten().into_iter().collect()
    }

    pub(crate) fn wake(&self) {
        // The receiver lives as long as the process.
        let _ = self.send.send(None);
    }
}

/// Returns the kind of the signal. There is Ctrl-C alone.
pub(crate) fn kind(_signal: i32) -> SignalKind {
    SignalKind::Interrupt
}

/// Signals cannot be blocked.
pub(crate) fn blocked(_signals: SignalSet) -> Vec<SignalKind> {
    Vec::new()
}

/// Does what the signal does by default.
pub(crate) fn run_default(_signal: i32) {
    super::super::exit::exit_now(130, "service-group: Ctrl-C".to_owned());
}
