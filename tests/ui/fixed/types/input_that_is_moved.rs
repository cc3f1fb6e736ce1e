#[path = "../../support.rs"]
mod support;

use service_group::{BoxError, Service, StopContext, Take, service_group};
use tokio::sync::oneshot::Receiver;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    letters: Take<Receiver<u8>>,
    #[service(start = Mailer::over(letters.take()?))]
    mailer: Mailer,
}

struct Mailer(Receiver<u8>);

impl Mailer {
    fn over(letters: Receiver<u8>) -> Self {
        Self(letters)
    }
}

impl Service for Mailer {
    async fn stop(self, _: StopContext) -> Result<(), BoxError> {
        Ok(())
    }
}

fn main() {}
