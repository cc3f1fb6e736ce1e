//! The settings of a pod that fit a plan.
//!
//! When a pod is deleted, Kubernetes removes its endpoint, whatever the readiness probe returns, and sends SIGTERM at the
//! same time (kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle, "Termination of Pods"). The lame duck covers the
//! time until all load balancers know. The readiness probe is for a stop that begins inside of the process.

use std::fmt;
use std::time::Duration;

use super::deploy::{Heading, StartPath, StopTime};
use crate::model::{CallKind, Plan};
use crate::text::HumanDuration;

/// The number of probes that may fail, unless the plan demands fewer: Kubernetes' default.
const FAILURES: u64 = 3;
/// The seconds between two probes, unless the plan demands fewer: Kubernetes' default.
const PERIOD: u64 = 10;

/// The settings of a pod that fit a [`Plan`], returned by [`Plan::kubernetes`].
///
/// They display as YAML, a part of a pod's `spec`: `terminationGracePeriodSeconds`, and the three probes of one
/// container, on the routes `/startupz`, `/readyz` and `/livez`.
#[derive(Debug, Clone)]
#[must_use = "settings do nothing unless they are printed"]
pub struct KubernetesSettings<'a> {
    plan: Plan,
    container: &'a str,
    port: &'a str,
}

impl Plan {
    /// Returns the settings of a Kubernetes pod that fit this plan.
    ///
    /// If a runner changes the budget, use the plan that [`Runner::plan`](crate::Runner::plan) returns.
    pub const fn kubernetes(&self) -> KubernetesSettings<'static> {
        KubernetesSettings { plan: self.const_clone(), container: "app", port: "http" }
    }
}

impl<'a> KubernetesSettings<'a> {
    /// Sets the name of the container in the manifest. Default: `app`.
    pub const fn container(self, container: &'a str) -> Self {
        Self { container, ..self }
    }

    /// Sets the port of the probes, by its name or number in the manifest. Default: `http`.
    pub const fn port(self, port: &'a str) -> Self {
        Self { port, ..self }
    }

    fn write_probe(&self, f: &mut fmt::Formatter<'_>, kind: &str, path: &str) -> fmt::Result {
        let port = self.port;
        writeln!(f, "      {kind}Probe:\n        httpGet: {{ path: {path}, port: {port} }}")
    }

    /// Returns the period and the number of failures with which the probe notices the start of a lame duck within it.
    fn readiness(&self) -> (u64, u64) {
        match self.plan.lame_duck().as_secs() {
            // Without a lame duck there is nothing to notice, so that one slow response must not remove a pod.
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
        writeln!(f, "# {}", Heading(plan))?;
        writeln!(f, "spec:")?;
        writeln!(f, "  # {StopTime}")?;
        writeln!(f, "  terminationGracePeriodSeconds: {}", plan.killed_after())?;
        writeln!(f, "  containers:\n    - name: {container}")?;
        self.write_why_no_hook(f)?;
        writeln!(f, "      # {}.", StartPath(plan))?;
        self.write_probe(f, "startup", "/startupz")?;
        // The first probe comes at once, so that n failures take n - 1 periods.
        let failures = plan.started_after().saturating_add(1).min(i32::MAX.unsigned_abs().into());
        writeln!(f, "        periodSeconds: 1\n        failureThreshold: {failures}")?;
        self.write_why_readiness(f)?;
        self.write_probe(f, "readiness", "/readyz")?;
        let (period, failures) = self.readiness();
        writeln!(f, "        periodSeconds: {period}\n        failureThreshold: {failures}")?;
        if let Some(longest) = self.plan.longest_call(CallKind::Check) {
            let seconds = longest.as_secs() + u64::from(longest.subsec_nanos() > 0) + 1;
            writeln!(
                f,
                "        # It runs the checks, of which the longest may take {}.",
                HumanDuration(longest)
            )?;
            writeln!(f, "        timeoutSeconds: {seconds}")?;
        }
        writeln!(f, "      # It fails where nothing answers any more. The stop is bounded without it.")?;
        self.write_probe(f, "liveness", "/livez")?;
        write!(f, "        periodSeconds: {PERIOD}\n        failureThreshold: {FAILURES}")
    }
}

impl KubernetesSettings<'_> {
    fn write_why_no_hook(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.plan.lame_duck() {
            Duration::ZERO => writeln!(
                f,
                "      # No `preStop` that sleeps: give the group a `lame_duck`. Without one, clients that are \
                 sent here before\n      # all load balancers have removed the pod are refused."
            ),
            lame_duck => writeln!(
                f,
                "      # No `preStop` that sleeps: for {} after SIGTERM it goes on serving, while load balancers \
                 remove the pod.",
                HumanDuration(lame_duck)
            ),
        }
    }

    fn write_why_readiness(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
