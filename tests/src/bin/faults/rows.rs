//! The rows of the table: which fault, which signals, and what is expected.

use service_group_tests::Signal;

/// A fault, and what is expected of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    /// The fault, as the program takes it.
    pub(crate) fault: &'static str,
    pub(crate) flavor: Flavor,
    pub(crate) act: Act,
    /// The exit codes that are right; a negative one is a signal that ended the process.
    pub(crate) codes: &'static [i32],
    /// The text expected on stderr, with `…` for any text. Empty: stderr has to be empty. A leading `or nothing: ` allows
    /// an empty stderr too.
    pub(crate) named: &'static str,
    /// How many runs of this row there are for each run of another row.
    pub(crate) weight: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavor {
    Multi,
    Current,
}

/// What is done to the process.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Act {
    /// Nothing: its end is waited for.
    Wait,
    /// This signal when it prints this.
    Signal(Signal, &'static str),
    /// SIGTERM when it is ready, and again so often, each when it counts as another signal.
    Again(usize, &'static str),
    /// SIGTERM when it is ready, and once more when it prints this.
    Twice(&'static str),
    /// SIGTERM at a random moment of so many milliseconds, from the very first.
    Random(u64),
    /// The same as `Signal(TERM, ..)`, with a stderr that is full.
    Full(&'static str),
    /// The same, with a stderr whose reader is gone.
    Broken(&'static str),
    /// This signal when it prints the first text, and SIGTERM when it prints the second.
    Then(Signal, &'static str, &'static str),
    /// 1,000 times SIGHUP when it prints the first text, SIGTERM when it prints the second, and 1,000 more when it prints the
    /// third.
    Hangups(&'static str, &'static str, &'static str),
    /// The process is suspended for 2.5 s when it prints the second text. With a first text, it gets SIGTERM at that text.
    Suspended(Option<&'static str>, &'static str),
}

impl Flavor {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Multi => "multi-thread",
            Self::Current => "current-thread",
        }
    }
}

use Act::{Again, Broken, Full, Hangups, Random, Suspended, Then, Twice, Wait};
use Flavor::{Current, Multi};

const fn row(
    fault: &'static str,
    flavor: Flavor,
    act: Act,
    codes: &'static [i32],
    named: &'static str,
) -> Row {
    Row { fault, flavor, act, codes, named, weight: 1 }
}

const fn often(row: Row, weight: usize) -> Row {
    Row { weight, ..row }
}

const fn term(at: &'static str) -> Act {
    Act::Signal(Signal::TERM, at)
}

/// SIGHUP when it is ready, and SIGTERM when it prints this.
const fn reload(at: &'static str) -> Act {
    Then(Signal::HUP, "ready", at)
}

/// The weight of rows with random moments.
const OFTEN: usize = 25;

const NOT_STARTED: &str = "`middle` (needed by `above`) did not start";
const STOPPING: &str =
    "`middle` has been stopping for … `below` waits for `middle` … with `middle` on a thread";
const BESIDE: &str =
    "`middle` has been stopping for … the process exits when `Beside` has stopped … `App` is stuck";
const LENT: &str = "`middle` stuck, `below` stuck (lent to `middle`)";
const GOES: &str = "`App` has stopped, but its runtime has not shut down within 500 ms";
const MAYBE_INTERRUPTED: &str = "or nothing: `App` was asked to stop while it started; interrupted starts:";
const NO_ANSWER: &str = "no answer within 100 ms";
const PANICKED: &str = "the tracing subscriber panicked, and the event is lost: the log is gone";
const NOT_LOGGED: &str = "the tracing subscriber blocks: … of `App` were not logged";
const ON_THREAD: &str = "its runtime has run no task for … with `task` on a thread";

/// All faults.
pub(crate) const ROWS: &[Row] = &[
    row("start error", Multi, Wait, &[1], "`middle` (needed by `above`) did not start: the disk is gone"),
    row(
        "start panic",
        Multi,
        Wait,
        &[1],
        "`middle` (needed by `above`) panicked in its start: the disk is gone",
    ),
    row("start hang", Multi, Wait, &[1], "`middle` (needed by `above`) did not start within 500 ms"),
    row("start hang", Multi, term("hanging"), &[0], "interrupted starts: `middle` after"),
    row("start block", Multi, Wait, &[3], LENT),
    row("start block", Multi, term("blocking"), &[3], LENT),
    row("start block", Current, term("blocking"), &[4], "`middle` has been starting for"),
    row(
        "start block",
        Current,
        Wait,
        &[4],
        "`App` cannot start: its runtime has run no task for … with `middle` on a thread",
    ),
    row("start spawn_blocking", Multi, Wait, &[3], NOT_STARTED),
    row("start spawn_blocking", Current, Wait, &[3], NOT_STARTED),
    row("running error", Multi, Wait, &[1], "because `task` failed: the disk is gone"),
    row("running panic", Multi, Wait, &[1], "because `task` failed: panicked: the disk is gone"),
    row("running hang", Multi, term("hanging"), &[3], "on SIGTERM: `task` aborted"),
    row("running block", Multi, term("blocking"), &[3], "on SIGTERM: `task` stuck"),
    row("running block", Current, term("blocking"), &[4], ON_THREAD),
    row("running block all", Multi, term("blocking"), &[3], "`task` stuck"),
    row("spawned running block all", Multi, term("blocking"), &[4], ON_THREAD),
    row("running spawn_blocking", Multi, term("blocking"), &[3], "on SIGTERM: `task` aborted"),
    row("running detached", Multi, term("blocking"), &[3], GOES),
    row("running detached", Current, term("blocking"), &[3], GOES),
    row("held running detached", Multi, term("blocking"), &[3], GOES),
    row("running stderr held", Multi, Wait, &[1], "because `task` failed: the disk is gone"),
    row("running error", Multi, Full("ready"), &[1], ""),
    row("stop block", Current, Full("ready"), &[4], ""),
    row("running request", Multi, Wait, &[0], ""),
    row("running request", Current, Wait, &[0], ""),
    row("stop error", Multi, term("ready"), &[1], "on SIGTERM: `middle` failed: the disk is gone"),
    row("stop panic", Multi, term("ready"), &[1], "on SIGTERM: `middle` panicked: the disk is gone"),
    row("stop forced", Multi, term("ready"), &[3], "on SIGTERM: `middle` forced"),
    row("stop hang", Multi, term("ready"), &[3], "on SIGTERM: `middle` aborted"),
    row("stop block", Multi, term("ready"), &[3], "on SIGTERM: `middle` stuck"),
    row("stop block", Current, term("ready"), &[4], STOPPING),
    row("stop spawn_blocking", Multi, term("ready"), &[3], "on SIGTERM: `middle` aborted"),
    row("thread", Multi, term("ready"), &[3], "`thread` stuck"),
    row("nested stop hang", Multi, term("ready"), &[3], "`storage` forced (`index` aborted)"),
    row("nested stop block", Current, term("ready"), &[4], "`storage.index` has been stopping for"),
    row(
        "two runs",
        Multi,
        term("ready"),
        &[3],
        "`middle` stuck … the process exits when `Beside` has stopped … `App` is stuck",
    ),
    row("two runtimes", Current, term("ready"), &[4], BESIDE),
    row("stop hang", Multi, Again(1, "hanging"), &[3], "on SIGTERM: `middle` aborted"),
    row(
        "stop block",
        Current,
        Again(2, "blocking"),
        &[4],
        "a third signal, SIGTERM, ends the process; in `App` `middle` has been stopping for",
    ),
    row("nothing", Multi, Act::Signal(Signal::INT, "ready"), &[0], ""),
    row("nothing", Current, Act::Signal(Signal::HUP, "ready"), &[0], ""),
    row("nothing", Multi, Act::Signal(Signal::QUIT, "ready"), &[0], ""),
    row("goes on", Multi, Twice("run returned"), &[-15], ""),
    often(row("slow", Multi, Random(40), &[0, -15], MAYBE_INTERRUPTED), OFTEN),
    often(row("slow", Current, Random(40), &[0, -15], MAYBE_INTERRUPTED), OFTEN),
    often(row("slow request", Multi, Random(30), &[0, -15], MAYBE_INTERRUPTED), OFTEN),
    row("dropped start hang", Multi, Wait, &[0], ""),
    row("dropped running", Multi, Wait, &[0], ""),
    row("dropped stop hang", Multi, term("ready"), &[0], ""),
    row("dropped stop hang", Current, term("ready"), &[0], ""),
    row(
        "calls check blocks",
        Multi,
        term(NO_ANSWER),
        &[3],
        "`store` stuck … its check has blocked a thread for",
    ),
    row("calls check hangs", Multi, term(NO_ANSWER), &[0], ""),
    row("calls check hangs", Current, term(NO_ANSWER), &[0], ""),
    row("calls check panics", Multi, term("panicked: in the check"), &[0], "in the check"),
    row("calls check panics", Current, term("panicked: in the check"), &[0], "in the check"),
    row(
        "calls reload blocks",
        Multi,
        reload("reload 1"),
        &[3],
        "`store` stuck … its reload has blocked a thread for",
    ),
    row("calls reload blocks", Current, reload("reload 1"), &[4], "with `store` on a thread"),
    row("calls reload hangs", Multi, reload("reload 1"), &[0], ""),
    row("calls reload hangs", Current, reload("reload 1"), &[0], ""),
    row("calls reload panics", Multi, reload("reload 1"), &[0], "in the reload"),
    row("calls reload fails", Multi, reload("keeps its previous state"), &[0], "`store` failed to reload"),
    row("calls slow stop", Multi, Hangups("ready", "reloaded", "closing"), &[0], ""),
    row("calls slow stop", Current, Hangups("ready", "reloaded", "closing"), &[0], ""),
    often(row("calls retry", Multi, Random(60), &[0, -15], MAYBE_INTERRUPTED), OFTEN),
    often(row("calls retry", Current, Random(60), &[0, -15], MAYBE_INTERRUPTED), OFTEN),
    row("foreign event panics", Multi, term("ready"), &[0], PANICKED),
    row("foreign event panics", Current, term("ready"), &[0], PANICKED),
    row("foreign new_span panics", Multi, term("ready"), &[0], PANICKED),
    row("foreign enter panics", Multi, term("ready"), &[0], PANICKED),
    row("foreign exit panics", Multi, term("ready"), &[0], PANICKED),
    row("foreign try_close panics", Multi, term("ready"), &[0], PANICKED),
    row("foreign all panics", Multi, term("ready"), &[0], PANICKED),
    row("foreign all panics", Current, term("ready"), &[0], PANICKED),
    row("foreign event blocks", Multi, term("ready"), &[0], NOT_LOGGED),
    row("foreign event blocks", Current, term("ready"), &[0], NOT_LOGGED),
    row("foreign event is-slow", Multi, term("ready"), &[0], NOT_LOGGED),
    row("foreign event is-slow", Current, term("ready"), &[0], NOT_LOGGED),
    row("foreign fmt", Multi, Broken("ready"), &[0], ""),
    row("foreign fmt", Current, Broken("ready"), &[0], ""),
    row("foreign fmt-with-spans", Multi, Broken("ready"), &[0], ""),
    row("foreign fmt", Multi, Full("ready"), &[0], ""),
    row("foreign fmt", Current, Full("ready"), &[0], ""),
    row("foreign input panics", Multi, term("ready"), &[1], "`guard` panicked: the guard is broken"),
    row("foreign input panics", Current, term("ready"), &[1], "`guard` panicked: the guard is broken"),
    row("foreign input blocks", Multi, term("ready"), &[3], "`guard` stuck"),
    row("foreign input blocks", Current, term("ready"), &[3], "`guard` stuck"),
    row("foreign input is-slow", Multi, term("ready"), &[0], ""),
    row("foreign input drops-a-runtime", Multi, term("ready"), &[0], ""),
    row("foreign flush", Multi, term("ready"), &[0], ""),
    row("foreign flush", Current, term("ready"), &[0], ""),
    row("foreign torn", Multi, term("ready"), &[0], "interrupted starts: `migration` after"),
    row("foreign two-runs", Multi, Then(Signal::HUP, "ready", "ready again"), &[0], ""),
    row("foreign own-signals restore", Multi, term("ready"), &[0], ""),
    row("foreign own-signals do-not-restore", Multi, term("ready"), &[0], ""),
    row("foreign suspended", Multi, Suspended(None, "starting"), &[0], ""),
    row("foreign suspended", Current, Suspended(None, "starting"), &[0], ""),
    row("foreign suspended", Multi, Suspended(Some("ready"), "stopping"), &[0], ""),
    row("foreign suspended", Current, Suspended(Some("ready"), "stopping"), &[0], ""),
    row(
        "foreign blocks-the-start",
        Current,
        Wait,
        &[4],
        "`BlocksTheStart` cannot start: … with `store` on a thread",
    ),
];
