//! The keys of both attributes. A key is one entry of a table: its name, the kind of its value, and how it is written. The
//! words for it in other systems follow, with what to write here.
//!
//! A new entry becomes a variant of the enum of its attribute. The compiler then requires its meaning where the keys
//! are matched: in `ast/group_options.rs` or in `ast/service.rs`. What the key means for the plan is an option in
//! `expand/service.rs` and of `ServicePlan` in the core, whose `explain` and JSON show it.
//!
//! A key with an expression that the group calls while it runs is a row here, a variant of [`ValueKey`] with its row in
//! `entry`, and a variant of `CallKind` in `runtime/src/model/plan/service_plan.rs`; the compiler finds the rest. By hand come
//! its method of `GroupHandle` in `runtime/src/engine/`, its outcome in `model/status.rs`, `state/service_entry.rs` and
//! `view/json/`, and the docs.
//!
//! The table in `runtime/doc/service_group.md` describes it. Tests that list all keys are written again by the commands in
//! DEVELOPMENT.md.

/// The kind of value that a key takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueKind {
    /// `key = EXPRESSION`.
    Expression,
    /// `key = "25s"`, more than zero.
    Duration,
    /// `key = "25s"` or `key = "0s"`.
    DurationOrZero,
    /// `key`, or `key = "250ms..10s"`.
    Bounds,
    /// `key(a, b, ..)`.
    Names,
    /// `key = ::a::path`.
    Path,
    /// `key` without a value.
    Flag,
}

/// One key of an attribute.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyEntry {
    pub(crate) name: &'static str,
    pub(crate) value: ValueKind,
    /// How the key is written, for messages: "expected .."
    pub(crate) usage: &'static str,
}

/// The keys of one attribute.
pub(crate) trait Key: Copy + PartialEq + 'static {
    /// The name of the attribute.
    const ATTRIBUTE: &'static str;
    const ALL: &'static [Self];

    fn entry(self) -> KeyEntry;

    /// Returns a hint at a word that means in another system what a key means here: what to write in its place.
    fn hint_for_foreign_word(word: &str) -> Option<&'static str>;

    fn find(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|key| key.entry().name == name)
    }

    fn names() -> Vec<&'static str> {
        Self::ALL.iter().map(|key| key.entry().name).collect()
    }
}

/// An entry begins with the variant of a key, or with a [`ValueKey`] in parentheses.
macro_rules! keys {
    ($(#[$doc:meta])* $Enum:ident, $attribute:literal $(, $OfValue:ident)? {
        $($($Variant:ident)? $(($Value:ident))?: $name:literal, $kind:ident, $usage:literal;)*
        [$($($word:literal)|* => $fix:literal;)*]
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $Enum { $($($Variant,)?)* $($OfValue(ValueKey))? }

        impl Key for $Enum {
            const ATTRIBUTE: &'static str = $attribute;
            const ALL: &'static [Self] = &[$($(Self::$Variant)? $(Self::Value(ValueKey::$Value))?),*];

            fn entry(self) -> KeyEntry {
                match self {
                    $($(Self::$Variant)? $(Self::Value(ValueKey::$Value))? => {
                        KeyEntry { name: $name, value: ValueKind::$kind, usage: $usage }
                    })*
                }
            }

            fn hint_for_foreign_word(word: &str) -> Option<&'static str> {
                match word {
                    $($($word)|* => Some($fix),)*
                    _ => None,
                }
            }
        }
    };
}

keys! {
    /// The keys of `#[service_group(..)]`.
    GroupKey, "service_group" {
        StopWithin: "stop_within", Duration, "`stop_within = \"25s\"`";
        LameDuck: "lame_duck", DurationOrZero, "`lame_duck = \"2s\"`";
        StartWithin: "start_within", Duration, "`start_within = \"30s\"`";
        StopOrder: "stop_order", Names, "`stop_order(a, b, ..)`, with the names of services";
        Crate: "crate", Path, "`crate = ::path::to::service_group`";
        // Words of other systems.
        [
            "timeout" | "stop_timeout" | "shutdown_timeout" | "graceful_timeout" | "timeout_stop_sec" | "grace_period"
            | "stop_grace_period" | "shutdown_grace_period" | "termination_grace_period"
            | "termination_grace_period_seconds" | "grace" | "deadline" | "budget" | "drain_timeout" => "the time for the whole stop is `stop_within = \"25s\"`";
            "delay" | "pre_stop" | "prestop" | "drain" | "shutdown_delay" =>
                "the time to go on serving after a stop was requested is `lame_duck = \"2s\"`";
            "start_timeout" | "startup_timeout" | "timeout_start_sec" =>
                "the time for the start of each service is `start_within = \"30s\"`";
            "order" | "shutdown_order" => "the services start in the order of their uses; `stop_order(a, b)` orders their stops";
            "name" => "the group has the name of the struct";
            "services" | "components" | "modules" | "providers" =>
                "the services are the fields with `#[service(start = EXPRESSION)]`";
            "signals" | "signal" | "kill_signal" => "write `App::runner(..).stop_on(..)` in `main`";
        ]
    }
}

keys! {
    /// The keys of `#[service(..)]`.
    ServiceKey, "service", Value {
        Start: "start", Expression, "`start = EXPRESSION`";
        Given: "given", Flag, "`given` without a value";
        (Stop): "stop", Expression, "`stop = EXPRESSION`";
        (Check): "check", Expression, "`check = EXPRESSION`";
        (Reload): "reload", Expression, "`reload = EXPRESSION`";
        Retry: "retry", Bounds, "`retry` or `retry = \"250ms..10s\"`";
        After: "after", Names, "`after(a, b, ..)`, with the names of services";
        StartAfter: "start_after", Names, "`start_after(a, b, ..)`, with the names of services";
        First: "first", Flag, "`first` without a value";
        Last: "last", Flag, "`last` without a value";
        MayFail: "may_fail", Flag, "`may_fail` without a value";
        StartWithin: "start_within", Duration, "`start_within = \"30s\"`";
        StopWithin: "stop_within", Duration, "`stop_within = \"5s\"`";
        CheckWithin: "check_within", Duration, "`check_within = \"1s\"`";
        // Words of other systems.
        [
            "depends_on" | "depends" | "dependencies" | "needs" | "need" | "requires" | "require" | "wants"
            | "wait_for" | "waits_for" | "deps" | "uses" | "binds_to" | "part_of" | "inject" =>
                "name the other field in `start`, or write `after(other)` for the order alone";
            "before" | "required_by" | "wanted_by" | "stop_after" =>
                "write `after(..)` with this service's name on the other service";
            "timeout" | "within" | "deadline" => "write `start_within` for the start, `stop_within` for the stop";
            "start_timeout" | "startup_timeout" | "timeout_start" | "timeout_start_sec" =>
                "write `start_within = \"30s\"`";
            "stop_timeout" | "shutdown_timeout" | "drain_timeout" | "timeout_stop" | "timeout_stop_sec" | "grace_period"
            | "stop_grace_period" | "grace" =>
                "write `stop_within = \"5s\"`";
            "shutdown" | "close" | "teardown" | "tear_down" | "cleanup" | "dispose" | "on_stop" | "on_shutdown" | "on_exit"
            | "on_drop" | "exec_stop" | "pre_stop" | "pre_destroy" | "destroy" | "destroy_method" | "finalizer" | "drop" =>
                "write `stop = EXPRESSION`";
            "init" | "init_method" | "post_construct" | "startup" | "new" | "create" | "spawn" | "run" | "exec"
            | "exec_start" | "on_start" | "factory" | "with" | "build" | "provide" | "constructor" => "write `start = EXPRESSION`";
            "provided" | "supplied" | "external" | "existing" | "input" | "parameter" | "param" | "argument" | "value" =>
                "write `given` for a value that the caller gives";
            "restart" | "restarts" | "restart_policy" => "start it with `Task::restarting`; `retry` repeats a start that failed";
            "retries" | "attempts" | "max_attempts" | "backoff" | "max_retries" => "write `retry`, or `retry = \"250ms..10s\"` with the shortest and the longest pause";
            "health" | "health_check" | "healthcheck" | "liveness" | "readiness" | "liveness_probe"
            | "readiness_probe" | "startup_probe" | "probe" | "ping" => "write `check = EXPRESSION`";
            "check_timeout" | "health_check_timeout" | "probe_timeout" => "write `check_within = \"1s\"`";
            "interval" | "every" | "period" | "check_interval" | "check_every" | "health_check_interval" =>
                "a check runs when a probe asks for it, so that the interval is that of the probe";
            "task" | "background" | "async" | "blocking" | "thread" =>
                "write `start = Task::spawn(..)` for async work, `start = BlockingTask::spawn(..)?` for a thread";
            "oneshot" | "one_shot" | "step" => "a step that has done its work when it has started is a field of type `()`";
            "on_reload" | "exec_reload" | "hangup" | "sighup" => "write `reload = EXPRESSION`";
            "optional" | "allow_failure" | "ignore_errors" => "write `may_fail`";
            "name" => "a service has the name of its field";
            "singleton" | "scope" | "lifetime" | "lazy" | "eager" => "each service starts once, when those that it names have started";
            "replicas" | "instances" => "several services of a kind are a field of type `Vec`";
            "order" | "priority" | "phase" | "shutdown_order" => "the order follows from the names in `start`; write `after(..)`, `first` or `last`";
            "critical" | "essential" => "a service that fails stops the group unless it is `may_fail`; `Task::ends_group` is for one that ends";
        ]
    }
}

/// Returns the attribute that has a key of this name.
pub(crate) fn attribute_with(name: &str) -> Option<&'static str> {
    if GroupKey::find(name).is_some() {
        Some(GroupKey::ATTRIBUTE)
    } else {
        ServiceKey::find(name).map(|_| ServiceKey::ATTRIBUTE)
    }
}

/// A key of a service with an expression over the value of its field, the only name in its scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ValueKey {
    Stop,
    Check,
    Reload,
}

/// What differs between the keys with an expression over the value.
#[derive(Clone, Copy)]
pub(crate) struct ValueEntry {
    /// The variant of `CallKind` in the core, for a key that the group calls on a clone while it runs.
    pub(crate) call: Option<&'static str>,
    /// The trait of the core for what the expression may return.
    pub(crate) output: &'static str,
    /// A method that an example in a message calls.
    pub(crate) usual_method: &'static str,
}

impl ValueKey {
    pub(crate) fn entry(self) -> ValueEntry {
        let (call, output, usual_method) = match self {
            Self::Stop => (None, "StopOutput", "close"),
            Self::Check => (Some("Check"), "CheckOutput", "ping"),
            Self::Reload => (Some("Reload"), "CallOutput", "reload"),
        };
        ValueEntry { call, output, usual_method }
    }

    pub(crate) fn name(self) -> &'static str {
        ServiceKey::Value(self).entry().name
    }
}
