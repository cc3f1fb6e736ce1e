//! What README.md shows is what a user sees.

use service_group::{BoxError, Service, StopContext, Task, service_group};

/// Stands for the servers and the store of the README: a plan knows types by their windows only.
#[derive(Debug, Clone)]
struct Anything;

impl Anything {
    fn over(_: impl Sized) -> Self {
        Self
    }

    fn close(self) {
        let Self = self;
    }
}

impl Service for Anything {
    async fn stop(self, _stopping: StopContext) -> Result<(), BoxError> {
        Ok(())
    }
}

#[service_group(stop_within = "25s")]
#[expect(dead_code, reason = "it is looked at, and never started")]
struct App {
    config: (),
    #[service(start = Anything::over(config), stop = store.close())]
    store: Anything,
    #[service(start = Anything::over(store), stop_within = "6s")]
    rpc: Anything,
    #[service(start = Anything::over(rpc), stop_within = "6s")]
    gateway: Anything,
    #[service(start = Task::spawn(|_| { let _ = store; async {} }), stop_within = "2s")]
    compaction: Task,
}

const README: &str = include_str!("../../README.md");

#[test]
fn the_plan_is_what_is_printed() {
    let plan = App::PLAN.to_string();
    assert!(README.contains(&format!("```text\n{plan}\n```")), "README.md shows another plan than\n{plan}");
}

/// The error is that of a ui test, line breaks aside.
#[test]
fn the_error_is_what_rustc_prints() {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let expected = include_str!("../ui/fail/order/cycle.stderr");
    let shown = words(&expected.lines().take(3).collect::<Vec<_>>().join("\n"));
    assert!(words(README).contains(&shown), "README.md does not show\n{shown}");
}
