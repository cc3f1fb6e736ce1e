//! What all faults of one case share: which there are, which have struck, and what the group has called so far.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use tokio_util::sync::CancellationToken;

use super::fault::{Path, Spec};
use super::fault_kind::FaultKind;
use super::serial::Serial;
use crate::model::StopCause;
use crate::state::GroupState;
use crate::sync::lock;

/// One case: its faults, and what has happened.
#[derive(Debug)]
pub(super) struct Script {
    faults: Vec<(Spec, AtomicBool)>,
    log: Mutex<Vec<(Path, Event)>>,
    /// The services whose faults wait until the group runs.
    armed: Mutex<Vec<Path>>,
    /// Cancelled when the faults strike that wait until the group runs.
    strike: CancellationToken,
    /// The outermost group.
    root: OnceLock<Arc<GroupState>>,
    /// Where services have listened.
    addresses: Mutex<Vec<(Path, SocketAddr)>>,
    /// The sockets that began to listen while a service started.
    opened: Mutex<Vec<(Path, SocketAddr)>>,
    /// How the case is run.
    mode: Mode,
}

/// How a case is run.
#[derive(Debug, Clone, Default)]
pub(super) struct Mode {
    /// Whether the sockets of the process are those of the group.
    pub(super) checks_sockets: bool,
    /// Counts tasks, one service at a time.
    pub(super) serial: Option<Arc<Serial>>,
}

/// What happened to a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    /// The start has returned a value.
    Started,
    /// The stop was called, with the value.
    StopCalled,
    /// Nothing of the stop is left.
    StopEnded,
    /// The value, or the future of the start or of the stop, panicked while it was dropped.
    DropPanicked(String),
}

impl Script {
    pub(super) fn new(faults: impl IntoIterator<Item = Spec>, mode: Mode) -> Arc<Self> {
        let faults = faults.into_iter().map(|spec| (spec, AtomicBool::new(false))).collect();
        let (strike, root) = (CancellationToken::new(), OnceLock::new());
        let (log, armed, addresses, opened) = Default::default();
        Arc::new(Self { faults, log, armed, strike, root, addresses, opened, mode })
    }

    /// Returns the fault of a service.
    pub(super) fn fault(&self, path: &[usize]) -> Option<FaultKind> {
        self.faults.iter().find(|(spec, _)| spec.path == path).map(|(spec, _)| spec.kind)
    }

    /// Records that the fault of a service has struck.
    pub(super) fn struck_at(&self, path: &[usize]) {
        if let Some((_, struck)) = self.faults.iter().find(|(spec, _)| spec.path == path) {
            // Release pairs with the Acquire below: what the fault has recorded before is there.
            struck.store(true, Ordering::Release);
        }
    }

    /// Returns the faults that have struck.
    pub(super) fn struck(&self) -> Vec<Spec> {
        let struck = self.faults.iter().filter(|(_, struck)| struck.load(Ordering::Acquire));
        struck.map(|(spec, _)| spec.clone()).collect()
    }

    pub(super) fn faults(&self) -> impl Iterator<Item = &Spec> {
        self.faults.iter().map(|(spec, _)| spec)
    }

    pub(super) fn record(&self, path: &[usize], event: Event) {
        lock(&self.log).push((path.to_vec(), event));
    }

    pub(super) fn log(&self) -> Vec<(Path, Event)> {
        lock(&self.log).clone()
    }

    pub(super) fn record_address(&self, path: &[usize], address: SocketAddr) {
        lock(&self.addresses).push((path.to_vec(), address));
    }

    pub(super) fn addresses(&self) -> Vec<(Path, SocketAddr)> {
        lock(&self.addresses).clone()
    }

    pub(super) fn mode(&self) -> &Mode {
        &self.mode
    }

    /// Records that a socket began to listen while a service started.
    pub(super) fn record_opened(&self, path: &[usize], sockets: impl IntoIterator<Item = SocketAddr>) {
        lock(&self.opened).extend(sockets.into_iter().map(|socket| (path.to_vec(), socket)));
    }

    /// Returns the services while whose start one of these sockets began to listen.
    pub(super) fn opened(&self, sockets: &[SocketAddr]) -> Vec<Path> {
        let opened = lock(&self.opened);
        let ours = opened.iter().filter(|(_, socket)| sockets.contains(socket));
        ours.map(|(path, _)| path.clone()).collect()
    }

    /// Records that the fault of a service waits until the group runs.
    pub(super) fn arm(&self, path: &[usize]) {
        lock(&self.armed).push(path.to_vec());
    }

    /// Returns the faults that wait until the group runs.
    pub(super) fn armed(&self) -> Vec<Spec> {
        let armed = lock(&self.armed).clone();
        self.faults().filter(|spec| armed.contains(&spec.path)).cloned().collect()
    }

    /// Resolves when the faults of a running group strike.
    pub(super) fn strike(&self) -> &CancellationToken {
        &self.strike
    }

    pub(super) fn set_root(&self, group: &Arc<GroupState>) {
        // A case has one group.
        let _ = self.root.set(Arc::clone(group));
    }

    /// Requests the stop of the outermost group.
    pub(super) fn request_stop(&self) {
        if let Some(root) = self.root.get() {
            root.request_stop(StopCause::Requested);
        }
    }

    /// Does what a second signal does.
    pub(super) fn force_stop(&self) {
        self.request_stop();
        if let Some(root) = self.root.get() {
            root.force_token().cancel();
        }
    }
}
