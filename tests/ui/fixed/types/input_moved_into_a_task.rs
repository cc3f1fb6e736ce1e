#[path = "../../support.rs"]
mod support;

use service_group::{Take, Task, service_group};
use tokio::sync::oneshot::Receiver;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    letters: Take<Receiver<u8>>,
    #[service(start = Task::spawn({ let letters = letters.take()?; |_| deliver(letters) }))]
    mailer: Task,
}

async fn deliver(letters: Receiver<u8>) {
    drop(letters.await);
}

fn main() {}
