#[path = "../../support.rs"]
mod support;

use service_group::{Task, service_group};
use tokio::sync::oneshot::Receiver;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    letters: Receiver<u8>,
    #[service(start = Task::spawn({ let letters = *letters; |_| deliver(letters) }))]
    mailer: Task,
}

async fn deliver(letters: Receiver<u8>) {
    drop(letters.await);
}

fn main() {}
