//! Nothing is left behind: no address in use, no socket that listens, no task.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use super::super::broken::Broken;
use super::super::case::Ran;
use super::super::fault::{Path, name_of};
use super::super::leftovers::{GONE_WITHIN, alive_tasks, is_in_use, left, listening_sockets};
use super::super::script::Event;
use super::list;
use crate::text::HumanDuration;

pub(super) fn drops_do_not_panic(ran: &Ran) -> Option<Broken> {
    let panicked = |(path, event): (Path, Event)| match event {
        Event::DropPanicked(message) => Some((name_of(&path, &ran.plan), message)),
        _ => None,
    };
    let (name, message) = ran.script.log().into_iter().find_map(panicked)?;
    Some(Broken::new(
        "a service can be dropped at any time",
        format!("`{name}` panicked while it was dropped: {message}"),
        format!(
            "the `Drop` of `{name}`, and of what is in it: it also runs when the stop of the service did not, and when its \
             start is cancelled halfway"
        ),
    ))
}

pub(super) async fn addresses_are_free(ran: &Ran) -> Option<Broken> {
    let addresses = ran.script.addresses();
    let in_use = || addresses.iter().find(|(_, address)| is_in_use(*address)).cloned();
    let (path, address) = left(in_use).await?;
    let name = name_of(&path, &ran.plan);
    Some(Broken::new(
        "every address on which a server listened is free when the group has ended",
        format!("{address}, where `{name}` listened, is still in use {} later", HumanDuration(GONE_WITHIN)),
        format!("a clone of the listener of `{name}`, or a child process that has inherited it"),
    ))
}

pub(super) async fn sockets_are_closed(ran: &Ran) -> Option<Broken> {
    let new = || -> Option<Vec<SocketAddr>> {
        let new: Vec<_> = listening_sockets().difference(&ran.before.sockets).copied().collect();
        (!new.is_empty()).then_some(new)
    };
    let sockets = left(new).await?;
    let addresses = sockets.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let opened = ran.script.opened(&sockets);
    let opened: BTreeSet<String> = opened.iter().map(|path| name_of(path, &ran.plan)).collect();
    Some(Broken::new(
        "no socket that the group opened listens any longer",
        format!(
            "{addresses} still listens {} after the end; it was opened while these started: {}",
            HumanDuration(GONE_WITHIN),
            list(&opened)
        ),
        format!("what the start of {} binds, and what its stop and its drop close", list(&opened)),
    ))
}

pub(super) async fn tasks_have_ended(ran: &Ran) -> Option<Broken> {
    let before = ran.before.tasks;
    let more = || alive_tasks().checked_sub(before).filter(|more| *more > 0);
    let more = left(more).await?;
    let (tasks, verb) = if more == 1 { ("task", "is") } else { ("tasks", "are") };
    Some(Broken::new(
        format!("no task that the group spawned lives {} after its end", HumanDuration(GONE_WITHIN)),
        format!("{more} {tasks} more than before the start {verb} alive"),
        String::new(),
    ))
}
