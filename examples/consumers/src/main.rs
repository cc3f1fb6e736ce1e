//! A consumer for each topic that the command line names. Its `README.md` describes it.

mod ledger;
mod queue;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use service_group::{BoxError, Outcome, StopToken, Task, service_group, start_each_keyed};
use tokio::time::{sleep, timeout};

use crate::ledger::Ledger;
use crate::queue::{Queue, Subscription};

/// The arguments of the program.
struct Options {
    folder: PathBuf,
    /// A set, since `start_each_keyed` refuses two members of one name.
    topics: BTreeSet<String>,
}

/// Consumers, with the queue that they read and the ledger that they write.
#[service_group]
struct App {
    options: Options,

    #[service(start = Queue::open(&options.folder).await?, stop = drop(queue))]
    queue: Queue,

    #[service(start = Ledger::open(&options.folder).await?, stop = ledger.close().await)]
    ledger: Ledger,

    // One service for each topic, by name: they start side by side, stop side by side, and are reported one by one.
    #[service(
        start = start_each_keyed(
            options.topics.iter().map(|topic| (topic.clone(), consumer(topic, queue, ledger)))
        ).await?,
        stop_within = "3s",
    )]
    consumers: BTreeMap<String, Task>,
}

/// Subscribes to a topic, and starts the task that consumes it.
async fn consumer(topic: &str, queue: &Queue, ledger: &Ledger) -> Result<Task, BoxError> {
    let subscription = queue.subscribe(topic).await?;
    let ledger = ledger.clone();
    Ok(Task::spawn(|stop| consume(subscription, ledger, stop)))
}

/// Handles one message after the other. A stop is seen between two messages, so that each is acknowledged once it is handled.
async fn consume(subscription: Subscription, ledger: Ledger, stop: StopToken) -> Result<(), BoxError> {
    while !stop.is_requested() {
        let Some(message) = subscription.oldest().await? else {
            // Nothing waits: look again in a moment. A stop ends the pause.
            let _ = timeout(Duration::from_millis(20), stop.requested()).await;
            continue;
        };
        let text = message.text()?;
        sleep(Duration::from_millis(5)).await; // the work
        ledger.record(&format!("{} {text}", subscription.topic())).await?;
        message.acknowledge().await?;
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Outcome {
    let mut arguments = std::env::args().skip(1);
    let (folder, topics) = (arguments.next(), arguments.collect::<BTreeSet<_>>());
    let (Some(folder), false) = (folder, topics.is_empty()) else {
        eprintln!("usage: consumers <folder> <topic>..");
        std::process::exit(2);
    };
    let options = Options { folder: folder.into(), topics };
    let outcome = App::runner(options).on_ready(|_| println!("ready")).run().await;
    // With any other exit code the run has printed the report.
    if let (true, Some(report)) = (outcome.is_success(), outcome.stop_report()) {
        println!("{report:#}");
    }
    outcome
}

#[cfg(test)]
mod tests {
    use service_group::testing;

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn stops_whatever_fails() {
        let folder = tempfile::tempdir().expect("a folder");
        let topics = BTreeSet::from(["mails".to_owned(), "orders".to_owned()]);
        for topic in &topics {
            std::fs::create_dir(folder.path().join(topic)).expect("a folder in it");
        }
        let folder = folder.path().to_owned();
        testing::faults(move || App::runner(Options { folder: folder.clone(), topics: topics.clone() }))
            .await;
    }
}
