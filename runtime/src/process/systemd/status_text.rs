//! The status of a run in one line, as `systemctl status` shows it.

use std::fmt::Write;
use std::time::Duration;

use crate::model::{GroupPhase, ServiceStatus};
use crate::state::GroupState;
use crate::text::HumanDuration;
use crate::view::words;

/// systemd accepts datagrams of at most 4,096 bytes.
const LONGEST: usize = 2_048;

/// Returns the phase of the run, and the services that it waits for.
pub(super) fn status(group: &GroupState) -> String {
    let status = group.status_bounded();
    // Writing to a `String` cannot fail.
    let mut text = match &status.cause {
        Some(cause) => format!("stopping {cause}"),
        None if status.phase == GroupPhase::Starting => "starting".to_owned(),
        None => "running".to_owned(),
    };
    if status.phase == GroupPhase::LameDuck {
        text.push_str(": lame duck");
    } else {
        let _ = waited_for(&mut text, &status.waits_for());
    }
    if status.is_reloading {
        text.push_str("; reloading");
    } else if let Some(reload) = status.last_reload.as_ref().filter(|_| status.cause.is_none()) {
        let _ = write!(text, "; {reload}");
    }
    if let Some(at) = group.requested_at() {
        let budget = group.plan.stop_within();
        match budget.saturating_sub(at.into_std().elapsed()) {
            Duration::ZERO => text.push_str("; no time is left"),
            left => drop(write!(text, "; {} left of {}", HumanDuration(left), HumanDuration(budget))),
        }
    }
    line(&text)
}

fn waited_for(text: &mut String, services: &[&ServiceStatus]) -> std::fmt::Result {
    for (index, service) in services.iter().enumerate() {
        let before = if index == 0 { ": waiting for" } else { "," };
        write!(text, "{before} `{}`", service.name)?;
        text.push_str(&words::attempt(service));
        if let Some(work) = service.stats.as_ref().and_then(words::open_work) {
            write!(text, " ({work})")?;
        }
    }
    Ok(())
}

/// Returns the first line of a text, without control characters: a line break would begin another message.
pub(super) fn line(text: &str) -> String {
    let text = text.trim().lines().next().unwrap_or("").replace(char::is_control, " ");
    let text = text.trim_end();
    let end = text.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= LONGEST).last();
    text[..end.unwrap_or(0)].to_owned()
}
