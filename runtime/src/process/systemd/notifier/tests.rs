//! Against a real datagram socket; a whole run is for whole processes.

use std::sync::Weak;
use std::sync::atomic::{AtomicU32, Ordering};

use super::*;
use crate::model::ServiceState;
use crate::model::StopCause;
use crate::model::{Edge, EdgeKind, Plan, ServicePlan};
use crate::state::StopContext;
use crate::state::{StopRequest, StoppedService};

const SECOND: Duration = Duration::from_secs(1);

/// What the service manager hears.
struct Manager(UnixDatagram);

impl Manager {
    /// With the name that `NOTIFY_SOCKET` has: an abstract one, which leaves no file behind.
    fn listening() -> (Self, String) {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("service-group-notifier-{}-{count}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        let socket = UnixDatagram::bind_addr(&address).unwrap();
        socket.set_nonblocking(true).unwrap();
        (Self(socket), format!("@{name}"))
    }

    /// All that came since it was asked last. What was sent is there: nothing is waited for.
    fn heard(&self) -> Vec<String> {
        let mut buffer = [0; 4096];
        let receive = || {
            let length = self.0.recv(&mut buffer).ok()?;
            Some(String::from_utf8(buffer[..length].to_vec()).unwrap())
        };
        std::iter::from_fn(receive).collect()
    }

    /// The changes of the state among it, and `WATCHDOG=1`.
    fn states(&self) -> Vec<String> {
        let first = |message: String| message.lines().next().unwrap().to_owned();
        self.heard().into_iter().map(first).filter(|line| !line.starts_with("STATUS=")).collect()
    }
}

/// `rpc` needs `store`: the slowest start takes 7 s; the budget is 25 s.
fn two_services() -> GroupState {
    let needs = vec![Edge::new(0, EdgeKind::Use)].leak();
    let store = ServicePlan::with_stop("store", &[], &[], Some(4 * SECOND), None);
    let rpc = ServicePlan::with_stop("rpc", needs, &[], Some(3 * SECOND), None);
    GroupState::new(Plan::leaked("App", None, None, vec![store, rpc], vec![0, 1]), None)
}

fn line_to(name: &str, ping_every: Option<Duration>) -> Arc<Notifier> {
    Arc::new(Notifier::to(name.as_ref(), ping_every).unwrap())
}

/// A run whose service manager listens.
fn run(ping_every: Option<Duration>) -> (GroupState, Arc<Notifier>, Manager) {
    let (manager, name) = Manager::listening();
    let (group, notifier) = (two_services(), line_to(&name, ping_every));
    group.observe(&(Arc::clone(&notifier) as _));
    (group, notifier, manager)
}

/// It is the service's turn to stop.
fn ask(group: &GroupState, index: usize) {
    let at = tokio::time::Instant::now();
    let stopping = StopContext::new(
        at..at + SECOND,
        StopCause::Requested,
        group.force_token().clone(),
        EventSink::default(),
        StoppedService { plan: &group.plan.services()[index], members: None },
        Weak::<()>::new(),
    );
    group.set_request(index, StopRequest { at, context: stopping });
    group.set_state(index, ServiceState::Stopping, at);
}

/// The time that the message asks for.
fn extension(message: &str) -> Option<Duration> {
    let usec = message.lines().find_map(|line| line.strip_prefix("EXTEND_TIMEOUT_USEC="))?;
    Some(Duration::from_micros(usec.parse().unwrap()))
}

fn status(message: &str) -> &str {
    message.lines().find_map(|line| line.strip_prefix("STATUS=")).unwrap_or_else(|| panic!("{message}"))
}

#[test]
fn a_life_is_told_in_order() {
    let (group, notifier, manager) = run(None);
    group.set_state(0, ServiceState::Starting, tokio::time::Instant::now());
    notifier.send_progress(&group);
    let heard = manager.heard();
    assert_eq!(status(&heard[0]), "starting: waiting for `store`");
    assert_eq!(heard.len(), 1, "{heard:?}");

    group.set_state(0, ServiceState::Running, tokio::time::Instant::now());
    group.enter(GroupPhase::Running);
    notifier.send_progress(&group);
    assert_eq!(manager.heard(), ["READY=1\nSTATUS=running"], "and no more of it while it runs");

    group.request_stop(StopCause::Signal(crate::SignalKind::Terminate));
    let heard = manager.heard();
    assert!(heard[0].starts_with("STOPPING=1\nSTATUS=stopping on SIGTERM; 2"), "{heard:?}");
    group.enter(GroupPhase::Stopping);
    ask(&group, 1);
    notifier.send_progress(&group);
    let heard = manager.heard();
    assert!(status(&heard[0]).starts_with("stopping on SIGTERM: waiting for `rpc`; 2"), "{heard:?}");

    notifier
        .report_last("`App` stopped in 2 s of 25 s on SIGTERM: 2 services, all gracefully\n  store  at ..");
    notifier.send_progress(&group);
    group.enter(GroupPhase::Stopped);
    let last = "STATUS=`App` stopped in 2 s of 25 s on SIGTERM: 2 services, all gracefully";
    assert_eq!(manager.heard(), [last], "and nothing after it");
}

/// systemd takes a service that ended with no `READY=1` for failed; and `READY=1` behind `STOPPING=1` for running.
#[test]
fn ready_is_never_left_out_and_never_the_last() {
    let (group, _notifier, manager) = run(None);
    group.request_stop(StopCause::Requested);
    group.enter(GroupPhase::Running);
    group.enter(GroupPhase::Stopping);
    assert_eq!(manager.states(), ["STOPPING=1", "READY=1", "STOPPING=1"]);
}

#[test]
fn a_start_that_fails_never_was_ready() {
    let (group, _notifier, manager) = run(None);
    group.request_stop(StopCause::NotStarted { service: "store".into() });
    group.enter(GroupPhase::Stopping);
    group.enter(GroupPhase::Stopped);
    assert_eq!(manager.states(), ["STOPPING=1"]);
}

#[test]
fn a_full_socket_holds_up_nothing_and_loses_no_state() {
    let (group, notifier, manager) = run(None);
    while notifier.send("STATUS=noise") {}
    group.enter(GroupPhase::Running);
    group.request_stop(StopCause::Requested);
    notifier.send_progress(&group);
    assert!(manager.heard().iter().all(|message| message == "STATUS=noise"));
    notifier.send_progress(&group);
    assert_eq!(manager.states(), ["READY=1", "STOPPING=1"]);
    notifier.send_progress(&group);
    assert_eq!(manager.states(), Vec::<String>::new(), "once");
}

/// Time that passes in the start is no longer asked for; that of the stop is asked for once it has begun.
#[test]
fn no_more_time_is_asked_for_than_the_plan_leaves() {
    let (group, notifier, manager) = run(None);
    let start = notifier.begun + 7 * SECOND;
    for spent in [Duration::ZERO, SECOND, 6999 * SECOND / 1000] {
        notifier.send_status(&group, &mut notifier.sent(), notifier.begun + spent);
        let asked = extension(&manager.heard()[0]);
        assert_eq!(asked.map(|asked| asked + spent), Some(7 * SECOND));
    }
    notifier.send_status(&group, &mut notifier.sent(), start);
    assert_eq!(extension(&manager.heard()[0]), None, "0 means something else");

    group.enter(GroupPhase::Running);
    assert_eq!(extension(&manager.heard()[0]), None);
    group.request_stop(StopCause::Requested);
    let asked = extension(&manager.heard()[0]).unwrap();
    assert!(asked <= 26 * SECOND && asked > 20 * SECOND, "{asked:?}");
    let requested = group.requested_at().unwrap().into_std();
    notifier.send_status(&group, &mut notifier.sent(), requested.checked_sub(SECOND).unwrap());
    assert_eq!(
        extension(&manager.heard()[0]),
        Some(26 * SECOND),
        "looked at the clock just before the request"
    );
    notifier.send_status(&group, &mut notifier.sent(), requested + 24 * SECOND);
    assert_eq!(extension(&manager.heard()[0]), Some(2 * SECOND));
    notifier.send_status(&group, &mut notifier.sent(), requested + 27 * SECOND);
    assert_eq!(extension(&manager.heard()[0]), None);
}

/// systemd watches a service from `READY=1` until it stops; a `WATCHDOG=1` at another time would have it watched.
#[test]
fn it_is_told_to_be_alive_only_while_it_runs_and_is() {
    let (group, notifier, manager) = run(Some(SECOND));
    let (ping, begin) = (Ping::default(), Instant::now());
    let ping = |at| notifier.ping(SECOND, &ping, at);
    ping(begin);
    assert_eq!(manager.states(), Vec::<String>::new());

    group.enter(GroupPhase::Running);
    assert_eq!(manager.states(), ["READY=1"]);
    ping(begin + SECOND);
    assert_eq!(manager.states(), Vec::<String>::new(), "nobody has answered what was asked a second ago");
    let ping = Ping::default();
    let ping = |at| notifier.ping(SECOND, &ping, at);
    ping(begin + 2 * SECOND);
    assert_eq!(manager.states(), ["WATCHDOG=1"]);

    group.request_stop(StopCause::Requested);
    assert_eq!(manager.states(), ["STOPPING=1"]);
    let ping = Ping::default();
    notifier.ping(SECOND, &ping, begin + 4 * SECOND);
    assert_eq!(manager.states(), Vec::<String>::new());
}

/// `READY=1` that the socket had no room for has not been told.
#[test]
fn nothing_is_told_to_be_alive_before_ready_was_sent() {
    let (group, notifier, manager) = run(Some(SECOND));
    while notifier.send("STATUS=noise") {}
    group.enter(GroupPhase::Running);
    manager.heard();
    notifier.ping(SECOND, &Ping::default(), Instant::now());
    assert_eq!(manager.states(), Vec::<String>::new());
    notifier.send_progress(&group);
    notifier.ping(SECOND, &Ping::default(), Instant::now());
    assert_eq!(manager.states(), ["READY=1", "WATCHDOG=1"]);
}

/// The text of an error is anybody's: a line break in it would begin another message.
#[test]
fn a_status_is_one_line_of_bounded_length() {
    let (_, notifier, manager) = run(None);
    notifier.report_last("cannot open\rthe\tdisk\u{1b}[31m \nREADY=1\nMAINPID=1");
    assert_eq!(manager.heard(), ["STATUS=cannot open the disk [31m"]);
    let long = status_text::line(&"ü".repeat(3_000));
    assert_eq!((long.len(), long.chars().all(|c| c == 'ü')), (2_048, true));
}

#[test]
fn a_service_manager_that_is_gone_is_left_alone() {
    let (group, notifier, manager) = run(None);
    drop(manager);
    group.enter(GroupPhase::Running);
    assert!(notifier.sent().unsent.is_empty());
}

#[test]
fn sockets_are_named_by_path_or_abstractly() {
    let path = std::env::temp_dir().join(format!("service-group-notify-{}", std::process::id()));
    let socket = UnixDatagram::bind(&path).unwrap();
    let notifier = line_to(path.to_str().unwrap(), None);
    assert!(notifier.send("READY=1"));
    std::fs::remove_file(&path).unwrap();
    let mut buffer = [0; 16];
    assert_eq!(socket.recv(&mut buffer).unwrap(), 7);

    for name in ["vsock:2:1234", "relative/path"] {
        let error = Notifier::to(name.as_ref(), None).unwrap_err().to_string();
        assert_eq!(error, format!("NOTIFY_SOCKET is `{name}`, expected `/path` or `@name`"));
    }
}
