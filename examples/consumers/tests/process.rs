//! The program as it runs, with real signals.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use service_group_tests::{End, Process, Signal};
use tempfile::TempDir;

const TOPICS: [&str; 3] = ["mails", "orders", "refunds"];

/// A queue in a folder of its own.
struct Queue(TempDir);

impl Queue {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for topic in TOPICS {
            fs::create_dir(folder.path().join(topic)).unwrap();
        }
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Puts a message with this text into a topic.
    fn put(&self, topic: &str, text: impl AsRef<[u8]>) {
        let text = text.as_ref();
        let name = self.path().join(topic).join(String::from_utf8_lossy(text).as_ref());
        let temporary = name.with_extension("writing");
        fs::write(&temporary, text).unwrap();
        fs::rename(temporary, name.with_extension("message")).unwrap();
    }

    /// The lines of the ledger.
    fn handled(&self) -> Vec<String> {
        let ledger = fs::read_to_string(self.path().join("ledger.txt")).unwrap_or_default();
        ledger.lines().map(str::to_owned).collect()
    }

    /// What is not acknowledged, in the words of the ledger.
    fn waiting(&self) -> Vec<String> {
        let files = |topic: &str| fs::read_dir(self.path().join(topic)).unwrap();
        let name = |topic, path: PathBuf| format!("{topic} {}", path.file_stem().unwrap().to_str().unwrap());
        let of_topic = |topic| files(topic).map(move |file| name(topic, file.unwrap().path()));
        TOPICS.into_iter().flat_map(of_topic).collect()
    }
}

fn start(queue: &Queue, topics: &[&str]) -> Process {
    let mut command = Command::new(env!("CARGO_BIN_EXE_consumers"));
    Process::spawn(command.arg(queue.path()).args(topics))
}

fn stop(process: Process) -> End {
    process.signal(Signal::TERM);
    process.end()
}

/// Waits until so many messages are in the ledger.
fn wait_for_handled(queue: &Queue, process: &mut Process, count: usize) {
    while queue.handled().len() < count {
        assert!(!process.ends_within(Duration::from_millis(1)), "ended early:\n{}", process.said());
    }
}

/// Returns whether each topic was handled in its order, each message once.
fn once_and_in_order(handled: &[String]) -> bool {
    TOPICS.iter().all(|topic| {
        let of_topic = handled.iter().filter(|line| line.starts_with(topic));
        of_topic.is_sorted_by(|one, next| one < next)
    })
}

/// Ends the producer, also when the test fails.
struct SetAtDrop<'a>(&'a AtomicBool);

impl Drop for SetAtDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn stops_under_load_lose_no_message_and_handle_none_twice() {
    let queue = Queue::new();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let end_of_producer = SetAtDrop(&done);
        // It keeps messages waiting in all topics, through all stops.
        let producer = scope.spawn(|| {
            let mut put = BTreeSet::new();
            while !done.load(Ordering::Relaxed) {
                if queue.waiting().len() > 50 {
                    thread::sleep(Duration::from_millis(1));
                    continue;
                }
                let number = format!("{:06}", put.len());
                for topic in TOPICS {
                    queue.put(topic, &number);
                    put.insert(format!("{topic} {number}"));
                }
            }
            put
        });
        for _ in 0..4 {
            let mut process = start(&queue, &TOPICS);
            process.wait_for("ready");
            let count = queue.handled().len();
            wait_for_handled(&queue, &mut process, count + 40);
            let end = stop(process);
            assert_eq!(end.code(), 0, "{}", end.text());
            for member in ["consumers[mails]", "consumers[orders]", "consumers[refunds]"] {
                let line = end.said.iter().find(|line| line.contains(member));
                assert!(line.is_some_and(|line| line.contains("graceful")), "{}", end.text());
            }
        }
        drop(end_of_producer);
        let put = producer.join().unwrap();
        let handled = queue.handled();
        assert!(once_and_in_order(&handled), "{handled:#?}");
        let found: Vec<_> = handled.into_iter().chain(queue.waiting()).collect();
        assert_eq!(found.len(), put.len(), "one was lost, or is handled and waits");
        assert_eq!(BTreeSet::from_iter(found), put);
    });
}

#[test]
fn a_topic_that_does_not_exist_is_named_and_those_that_have_started_are_stopped() {
    let queue = Queue::new();
    let end = start(&queue, &["mails", "order", "refunds"]).end();
    assert_eq!(end.code(), 1, "{}", end.text());
    let text = end.text();
    assert!(
        text.contains("`consumers` did not start: `consumers[order]` did not start: no such topic"),
        "{text}"
    );
}

#[test]
fn a_message_that_cannot_be_read_ends_its_consumer_alone_in_the_report() {
    let queue = Queue::new();
    let mut process = start(&queue, &TOPICS);
    process.wait_for("ready");
    queue.put("orders", b"\xff");
    let end = process.end();
    let text = end.text();
    assert_eq!(end.code(), 1, "{text}");
    assert!(text.contains("because `consumers[orders]` failed: invalid utf-8"), "{text}");
    assert_eq!(queue.waiting().len(), 1, "it is not acknowledged");
}
