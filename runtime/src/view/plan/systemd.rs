//! The settings of a systemd service unit that fit a plan.

use std::fmt;

use super::deploy::{Heading, ON_THE_WAY, StartPath, StopTime};
use crate::model::{CallKind, Plan};
use crate::text::HumanDuration;

/// The settings of a systemd service unit that fit a [`Plan`], returned by [`Plan::systemd`].
///
/// They display as the `[Service]` section of a unit, without the command and the user.
#[derive(Debug, Clone)]
#[must_use = "settings do nothing unless they are printed"]
pub struct SystemdSettings {
    plan: Plan,
}

impl Plan {
    /// Returns the settings of a systemd service unit that fit this plan.
    ///
    /// `Type=notify`, or `Type=notify-reload` where a service has a `reload`, requires the feature `systemd`, and that [`Runner::run`](crate::Runner::run) runs the group. If a
    /// runner changes the budget, use the plan that [`Runner::plan`](crate::Runner::plan) returns.
    pub const fn systemd(&self) -> SystemdSettings {
        SystemdSettings { plan: self.const_clone() }
    }
}

impl fmt::Display for SystemdSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { plan } = self;
        writeln!(f, "# {}", Heading(plan))?;
        writeln!(f, "[Service]")?;
        writeln!(
            f,
            "# The process notifies systemd when all services have started, and reports which ones it waits for."
        )?;
        if plan.longest_call(CallKind::Reload).is_some() {
            writeln!(
                f,
                "# `systemctl reload` sends SIGHUP, and waits until the reload has ended. It needs systemd 253."
            )?;
            writeln!(f, "Type=notify-reload")?;
        } else {
            writeln!(f, "Type=notify")?;
        }
        writeln!(f, "# {}, and {} until the first begins.", StartPath(plan), HumanDuration(ON_THE_WAY))?;
        writeln!(f, "TimeoutStartSec={}", plan.started_after())?;
        writeln!(f, "# {StopTime}")?;
        writeln!(f, "TimeoutStopSec={}", plan.killed_after())?;
        writeln!(f, "# The process stops what it has started itself; what is left behind it is killed.")?;
        writeln!(f, "KillMode=mixed")?;
        writeln!(
            f,
            "# 1 failed, 3 forced, 4 ended by its own watchdog; 0 is a stop that somebody asked for."
        )?;
        writeln!(f, "Restart=on-failure")?;
        writeln!(
            f,
            "# While it runs, it notifies systemd that its runtime is not blocked. A stop has its own watchdog."
        )?;
        write!(f, "WatchdogSec=30")
    }
}
