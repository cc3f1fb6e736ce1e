//! Collections with the keys that a service can have.

use service_group::{BoxError, Running, Task, service_group, start_each};
use service_group_tests::{Log, paused};
use tokio::time::sleep;

use crate::{Act, Member, members, ms};

/// A handle, which can be checked and reloaded.
#[derive(Debug, Clone)]
struct Handle(Log);

impl Handle {
    fn ping(&self) -> Result<(), BoxError> {
        self.0.note("ping");
        Err("no answer".into())
    }

    fn reload(&self) {
        self.0.note("reload");
    }
}

impl service_group::Service for Handle {
    async fn stop(self, _: service_group::StopContext) -> Result<(), BoxError> {
        Ok(())
    }
}

#[service_group]
struct Checked {
    log: Log,
    #[service(
        start = vec![Handle(log.clone()), Handle(log.clone())],
        check = { for handle in &handles { handle.ping()?; } },
        reload = { for handle in &handles { handle.reload(); } },
    )]
    handles: Vec<Handle>,
    #[service(start = { let _ = handles; Task::spawn(|stop| async move { drop(stop.requested().await) }) })]
    user: Task,
}

#[test]
fn a_check_and_a_reload_work_on_a_clone_of_the_whole() {
    paused(async {
        let log = Log::default();
        let app = Checked::start(log.clone()).await.expect("starts");
        let report = app.handle().check().await;
        let failure = &report.failures[0];
        assert_eq!((failure.service.as_str(), failure.used_by.len()), ("handles", 1));
        assert!(app.handle().reload().await.is_success());
        assert_eq!(log.text(), "ping, reload, reload");
        assert!(app.stop().await.is_clean());
    });
}

#[service_group]
struct Inner {
    log: Log,
    #[service(start = Handle(log.clone()), reload = handle.reload(), check = handle.ping())]
    handle: Handle,
}

#[service_group]
struct Outer {
    log: Log,
    #[service(start = start_each((0..2).map(|_| Inner::start(log.clone()))).await?)]
    groups: Vec<Running<Inner>>,
}

/// Those inside of members are named by their paths.
#[test]
fn checks_and_reloads_inside_of_members() {
    paused(async {
        let log = Log::default();
        let app = Outer::start(log.clone()).await.expect("starts");
        let group = app.handle();
        let report = group.check().await;
        let failing: Vec<_> = report.failures.iter().map(|failure| failure.service.as_str()).collect();
        assert_eq!(failing, ["groups[0].handle", "groups[1].handle"]);
        assert!(!group.is_ready());
        let reload = group.reload().await;
        let reloaded: Vec<_> = reload.reloaded.iter().map(|name| name.as_str().to_owned()).collect();
        assert_eq!(reloaded, ["groups[0].handle", "groups[1].handle"]);
        assert!(app.stop().await.is_clean());
    });
}

#[service_group]
struct App {
    log: Log,
    #[service(start = members(&[Act::Stops(0), Act::Stops(0)], log), retry)]
    several: Vec<Member>,
}

/// A value in place of the start is a collection like any other.
#[test]
fn a_replaced_collection_has_its_own_members() {
    paused(async {
        let log = Log::default();
        let value = members(&[Act::Stops(10), Act::Fails(100), Act::Stops(0)], &log);
        let runner = App::runner(log.clone()).replace(App::KEYS.several, value);
        let app = runner.start().await.expect("starts");
        let cause = app.stop_requested().await;
        assert_eq!(cause.to_string(), "because `several[1]` failed: 1 lost its broker");
        let report = app.stop().await;
        assert_eq!(report.service("several").expect("reported").members().len(), 3);
    });
    paused(async {
        let log = Log::default();
        let several = log.clone();
        let start = async move { Ok(start_each([Member::start("x", 50, &several)]).await?) };
        let runner = App::runner(log.clone()).replace_start(App::KEYS.several, start);
        let app = runner.start().await.expect("starts");
        sleep(ms(1)).await;
        assert!(app.start_report().service("several").is_some_and(|several| several.nested.is_some()));
        let report = app.stop().await;
        assert_eq!(log.text(), "+x at 50, -x at 51, ~x");
        assert!(report.is_clean(), "{report}");
    });
}
