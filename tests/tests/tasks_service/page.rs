//! The example of docs/services.md.

use service_group::{BoxError, Service, StopContext, Tasks, service_group};
use service_group_tests::{Log, paused};
use tokio::time::sleep;

use super::ms;

#[service_group]
struct Shop {
    log: Log,
    #[service(start = Tasks::new(), stop_within = "3s")]
    jobs: Tasks,
    #[service(start = Api::serve(jobs.clone(), log.clone()))]
    api: Api,
}

impl Api {
    fn order(&self, order: u32) -> &'static str {
        let log = self.log.clone();
        let confirm = async move |_| send_mail(log, order).await;
        match self.jobs.spawn("confirm order", confirm) {
            Ok(()) => "accepted",
            Err(_) => "try again",
        }
    }
}

struct Api {
    jobs: Tasks,
    log: Log,
}

impl Api {
    fn serve(jobs: Tasks, log: Log) -> Self {
        Self { jobs, log }
    }
}

impl Service for Api {
    /// Answers its last request.
    async fn stop(self, _: StopContext) -> Result<(), BoxError> {
        assert_eq!(self.order(2), "accepted");
        Ok(())
    }
}

async fn send_mail(log: Log, order: u32) {
    sleep(ms(400)).await;
    log.time(&format!("order {order} confirmed"));
}

#[test]
fn what_was_accepted_is_done_before_the_end() {
    paused(async {
        let log = Log::default();
        let shop = Shop::start(log.clone()).await.expect("starts");
        assert_eq!(shop.api.order(1), "accepted");
        let api = Api::serve(shop.jobs.clone(), log.clone());
        sleep(ms(100)).await;
        assert!(shop.stop().await.is_clean());
        assert_eq!(log.text(), "order 1 confirmed at 400, order 2 confirmed at 500");
        assert_eq!(api.order(3), "try again");
    });
}

#[test]
fn the_code_of_the_page_is_this() {
    let page = include_str!("../../../docs/services.md");
    let blocks: Vec<_> =
        page.split("```rust\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(blocks.len(), 1);
    assert!(include_str!("page.rs").contains(blocks[0]), "not in this file:\n{}", blocks[0]);
}
