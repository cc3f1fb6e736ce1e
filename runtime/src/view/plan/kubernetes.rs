//! The settings of a pod that fit a plan.
//!
//! Kubernetes takes an endpoint out when its pod is deleted, whatever the readiness probe says, and sends SIGTERM at the
//! same time (kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle, "Termination of Pods"); the lame duck covers the
//! time until all balancers have heard of it. The probe is for a stop that begins inside.

use std::fmt;
use std::time::Duration;

use super::deploy::{Heading, StartPath, StopTime};
use crate::model::Plan;
use crate::text::HumanDuration;

/// How many probes may fail, and how far apart they are at most, where the plan asks for nothing else: Kubernetes'
/// defaults.
const FAILURES: u64 = 3;
const PERIOD: u64 = 10;

/// The settings of a pod that fit a [`Plan`]: [`Plan::kubernetes`].
///
/// It displays as YAML, a part of a pod's `spec`: `terminationGracePeriodSeconds`, and the three probes of one container
/// with the routes of `Health::routes`.
#[derive(Debug, Clone, Copy)]
#[must_use = "it is made to be printed"]
pub struct KubernetesSettings<'a> {
    plan: Plan,
    container: &'a str,
    port: &'a str,
}

impl Plan {
    /// The settings of a Kubernetes pod that fit this plan, so that they cannot drift from it.
    ///
    /// Where a runner changes the budget, ask [`Runner::plan`](crate::Runner::plan) for its settings.
    pub const fn kubernetes(&self) -> KubernetesSettings<'static> {
        KubernetesSettings { plan: *self, container: "app", port: "http" }
    }
}

impl<'a> KubernetesSettings<'a> {
    /// The name of the container, as the manifest has it: `app` by default.
    pub const fn container(self, container: &'a str) -> Self {
        Self { container, ..self }
    }

    /// The port that answers the probes, by the name or number that the manifest has: `http` by default.
    pub const fn port(self, port: &'a str) -> Self {
        Self { port, ..self }
    }

    fn probe(&self, f: &mut fmt::Formatter<'_>, kind: &str, path: &str) -> fmt::Result {
        let port = self.port;
        writeln!(f, "      {kind}Probe:\n        httpGet: {{ path: {path}, port: {port} }}")
    }

    /// How often to probe, and how many failures count, so that the begin of a lame duck is noticed within it.
    fn readiness(&self) -> (u64, u64) {
        match self.plan.lame_duck().as_secs() {
            // There is no time in which to notice anything; so one slow answer takes no pod out.
            0 => (PERIOD, FAILURES),
            lame_duck => {
                let failures = lame_duck.min(FAILURES);
                ((lame_duck / failures).min(PERIOD), failures)
            }
        }
    }
}

impl fmt::Display for KubernetesSettings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { plan, container, .. } = self;
        writeln!(f, "# {}", Heading(*plan))?;
        writeln!(f, "spec:")?;
        writeln!(f, "  # {StopTime}")?;
        writeln!(f, "  terminationGracePeriodSeconds: {}", plan.killed_after())?;
        writeln!(f, "  containers:\n    - name: {container}")?;
        self.why_no_hook(f)?;
        writeln!(f, "      # {}.", StartPath(*plan))?;
        self.probe(f, "startup", "/startupz")?;
        // The first probe comes at once.
        let failures = plan.started_after().saturating_add(1).min(i32::MAX.unsigned_abs().into());
        writeln!(f, "        periodSeconds: 1\n        failureThreshold: {failures}")?;
        self.why_readiness(f)?;
        self.probe(f, "readiness", "/readyz")?;
        let (period, failures) = self.readiness();
        writeln!(f, "        periodSeconds: {period}\n        failureThreshold: {failures}")?;
        writeln!(f, "      # It fails where nothing answers any more. The stop is bounded without it.")?;
        self.probe(f, "liveness", "/livez")?;
        write!(f, "        periodSeconds: {PERIOD}\n        failureThreshold: {FAILURES}")
    }
}

impl KubernetesSettings<'_> {
    fn why_no_hook(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.plan.lame_duck() {
            Duration::ZERO => writeln!(
                f,
                "      # No `preStop` that sleeps: give the group a `lame_duck`. Without one, who is sent here before \
                 all balancers have\n      # heard of the pod's deletion is refused."
            ),
            lame_duck => writeln!(
                f,
                "      # No `preStop` that sleeps: for {} after SIGTERM it goes on serving, while balancers hear of the \
                 pod's deletion.",
                HumanDuration(lame_duck)
            ),
        }
    }

    fn why_readiness(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("      # A pod that is deleted is taken out without it. A stop that begins inside ")?;
        match self.plan.lame_duck() {
            Duration::ZERO => writeln!(f, "has no lame duck to be noticed in."),
            lame_duck if lame_duck < Duration::from_secs(1) => {
                writeln!(f, "is not noticed in {}.", HumanDuration(lame_duck))
            }
            lame_duck => writeln!(f, "is noticed within the lame duck, {}.", HumanDuration(lame_duck)),
        }
    }
}
