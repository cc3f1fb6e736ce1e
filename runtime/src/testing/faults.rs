//! Every fault of a group, tried in one test.

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;

use super::cases::Test;
use super::choice::Pairs;
use super::fault::Fault;
use super::fault_kind::FaultKind;
use super::parts::Parts;
use super::report::{Case, CaseReport};
use crate::engine::erased::boxed;
use crate::model::ServiceId;
use crate::process::Runner;

/// Every fault of a group, tried one after another: [`faults`](super::faults).
///
/// It runs when it is awaited, and panics with the first case that breaks a promise.
#[must_use = "nothing runs until it is awaited"]
pub struct Faults<A> {
    test: Test<A>,
}

impl<A: 'static> Faults<A> {
    pub(super) fn new(make: impl Fn() -> Runner<A> + 'static) -> Self {
        Self { test: Test::new(make) }
    }

    /// Sets in which services there are faults. Default: in all, those of nested groups included.
    ///
    /// A service that is a group brings the services in it.
    pub fn faults_in(mut self, services: impl IntoIterator<Item = ServiceId<A>>) -> Self {
        self.test.choice.services = Some(services.into_iter().map(ServiceId::index).collect());
        self
    }

    /// Sets which kinds of faults there are. Default: [`FaultKind::ALL`].
    pub fn kinds(mut self, kinds: impl IntoIterator<Item = FaultKind>) -> Self {
        self.test.choice.kinds = kinds.into_iter().collect();
        self
    }

    /// Also tries one of so many pairs of faults in different services. The seed decides which. Default: no pairs.
    ///
    /// With the variable `SERVICE_GROUP_FAULTS=all` in the environment, these are all pairs.
    pub fn sample_of_pairs(mut self, one_in: u64, seed: u64) -> Self {
        self.test.choice.pairs = Pairs::Sample { one_in, seed };
        self
    }

    /// Also tries all pairs of faults in different services. Default: no pairs.
    pub fn all_pairs(mut self) -> Self {
        self.test.choice.pairs = Pairs::All;
        self
    }

    /// Runs one case alone: the group with these faults, of which each service has at most one. The text about a case that
    /// breaks a promise has the line to add.
    pub fn only(mut self, faults: impl IntoIterator<Item = Fault<A>>) -> Self {
        self.test.choice.only = Some(faults.into_iter().map(|fault| fault.spec).collect());
        self
    }

    /// Sets a function that is called after each case that has kept the promises of the library, for those of the
    /// application: no acknowledged write is lost, for example. It panics where one is broken.
    pub fn verify(mut self, verify: impl Fn(&Case<A>, &CaseReport<A>) + 'static) -> Self {
        self.test.verify = Some(Box::new(verify));
        self
    }

    /// Sets a client that is busy when the fault strikes. It begins when the group has started, and runs until it ends by
    /// itself, or until 1 s after the end of the group. Where the start goes wrong there is none.
    ///
    /// The future cannot borrow from the [`Parts`], since the group is stopped while it runs.
    pub fn during<F>(mut self, client: impl Fn(&Parts<'_, A>) -> F + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.test.client = Some(Box::new(move |parts| boxed(client(parts))));
        self
    }

    /// Sets whether a socket that listens after a case, and did not before, breaks a promise. Default: false, and true under
    /// `cargo nextest`.
    ///
    /// It is for a test that has its process to itself: the sockets of other tests are not told apart. Only on Linux can the
    /// sockets be listed.
    pub fn checks_sockets(mut self, checks: bool) -> Self {
        self.test.checks_sockets = checks;
        self
    }
}

impl<A: 'static> IntoFuture for Faults<A> {
    type Output = ();
    type IntoFuture = Pin<Box<dyn Future<Output = ()>>>;

    /// Runs the cases.
    ///
    /// # Panics
    ///
    /// With the first case that breaks a promise.
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.test.run())
    }
}

impl<A> fmt::Debug for Faults<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faults").field("choice", &self.test.choice).finish_non_exhaustive()
    }
}
