//! The threads of a runtime in `/proc/self/task`.

use std::fs;
use std::sync::{Arc, OnceLock};

use tokio::runtime::{Handle, RuntimeFlavor};

use crate::text::catch_panic;

/// The name of a runtime's threads, learned from one of them at the beginning of a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct RuntimeName(Arc<OnceLock<Name>>);

#[derive(Debug)]
struct Name {
    stem: String,
    /// Whether threads of another runtime have this name, too.
    is_shared: bool,
}

/// The threads of a runtime whose shutdown has begun.
#[derive(Debug)]
pub(crate) struct RuntimeThreads {
    /// All threads that the process had then. Their names are read by the supervisor, since the runtime waits for the list.
    ids: Vec<String>,
    name: RuntimeName,
}

impl RuntimeName {
    /// Learns the name of the threads of the current runtime, soon.
    ///
    /// A thread for blocking work has the name of all threads of its runtime, whatever the flavor is. It is there from then
    /// on, for 10 s.
    pub(crate) fn learn() -> Self {
        let name = Self::default();
        let (learned, runtime) = (name.clone(), Handle::current());
        let workers = match runtime.runtime_flavor() {
            RuntimeFlavor::CurrentThread => 0,
            _ => runtime.metrics().num_workers(),
        };
        // Before the first start, which may spawn threads for blocking work.
        let before: Vec<_> = threads().filter_map(|id| stem_of(&id)).collect();
        let learn = move || {
            if let Ok(name) = fs::read_to_string("/proc/thread-self/comm") {
                let stem = stem(&name);
                let is_shared = before.iter().filter(|name| **name == stem).count() > workers;
                learned.0.get_or_init(|| Name { stem, is_shared });
            }
        };
        // tokio panics if the system grants no thread. The name is not known then.
        let _ = catch_panic(|| runtime.spawn_blocking(learn));
        name
    }
}

impl RuntimeThreads {
    /// Lists the threads with this name that are alive now.
    pub(crate) fn alive_now(name: &RuntimeName) -> Self {
        Self { ids: threads().collect(), name: name.clone() }
    }

    /// Returns whether one of them is alive; `None` if they cannot be told from others.
    pub(crate) fn any_is_alive(&self) -> Option<bool> {
        let name = self.name.0.get().filter(|name| !name.is_shared)?;
        Some(self.ids.iter().any(|id| stem_of(id).is_some_and(|stem| stem == name.stem)))
    }
}

/// Returns the id of each thread of the process.
fn threads() -> impl Iterator<Item = String> {
    let threads = fs::read_dir("/proc/self/task").into_iter().flatten();
    threads.filter_map(|thread| thread.ok()?.file_name().into_string().ok())
}

/// Returns the stem of the name of a thread that is alive.
fn stem_of(id: &str) -> Option<String> {
    let name = fs::read_to_string(format!("/proc/self/task/{id}/comm")).ok()?;
    Some(stem(&name))
}

/// Returns a name without the number at its end, which `thread_name_fn` may add.
fn stem(name: &str) -> String {
    name.trim_end().trim_end_matches(|c: char| c.is_ascii_digit()).to_owned()
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::{Duration, Instant};

    use super::*;

    fn named(stem: &str) -> Vec<String> {
        threads().filter(|id| stem_of(id).is_some_and(|it| it == stem)).collect()
    }

    fn eventually(met: impl Fn() -> bool) -> bool {
        let end = Instant::now() + Duration::from_secs(20);
        while !met() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(1));
        }
        met()
    }

    fn runtime(name: &str) -> tokio::runtime::Runtime {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(2).thread_name(name.to_owned()).build().expect("a runtime")
    }

    fn learned(runtime: &tokio::runtime::Runtime) -> RuntimeName {
        let name = runtime.block_on(async { RuntimeName::learn() });
        assert!(eventually(|| name.0.get().is_some()));
        name
    }

    #[test]
    fn a_runtime_has_ended_when_its_blocking_work_has() {
        let runtime = runtime("rt-one-");
        let name = learned(&runtime);
        let (end, ended) = channel::<()>();
        runtime.spawn_blocking(move || ended.recv().is_err());
        assert!(eventually(|| named("rt-one-").len() >= 3), "two workers, and a thread for blocking work");
        let threads = RuntimeThreads::alive_now(&name);
        runtime.shutdown_background();
        assert_eq!(threads.any_is_alive(), Some(true));
        drop(end);
        assert!(eventually(|| threads.any_is_alive() == Some(false)));
    }

    #[test]
    fn a_runtime_with_the_name_of_another_is_not_judged() {
        let _other = runtime("rt-two-");
        assert!(eventually(|| named("rt-two-").len() == 2));
        let runtime = runtime("rt-two-");
        assert!(eventually(|| named("rt-two-").len() == 4), "the workers of both have their names");
        let name = learned(&runtime);
        assert_eq!(RuntimeThreads::alive_now(&name).any_is_alive(), None);
    }
}
