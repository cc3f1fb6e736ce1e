//! What a service shows passes through its box.

use std::future::ready;

use service_group::{
    BoxError, BoxService, Service, ServiceContext, ServiceExit, StopCause, StopContext, Tasks, service_group,
};
use service_group_tests::{Fails, Log, paused};
use tokio::time::sleep;

use crate::{Inner, Storage, ms};

/// The end, the numbers and the details of the service in the box are those of the field. A box may be in a box.
#[test]
fn what_a_service_shows_passes_through_the_box() {
    struct Shows(Log);
    impl Service for Shows {
        fn joined(&self, context: &ServiceContext) {
            self.0.note(context.name());
        }

        async fn stop(self, context: StopContext) -> Result<(), BoxError> {
            context.detail("closed");
            Err("not flushed".into())
        }
    }
    #[service_group]
    struct Shown {
        log: Log,
        #[service(start = Some(BoxService::new(BoxService::new(Tasks::new()))))]
        jobs: Option<BoxService>,
        #[service(start = BoxService::new(Fails(ms(700))))]
        fails: BoxService,
        #[service(start = BoxService::new(Shows(log.clone())))]
        shows: BoxService,
    }
    paused(async {
        let log = Log::default();
        let running = Shown::start(log.clone()).await.expect("starts");
        assert_eq!(log.text(), "shows");
        let status = running.handle().status();
        let jobs = status.service("jobs").expect("is there");
        assert_eq!(jobs.stats.as_ref().expect("it has statistics").tasks, 0);
        let cause = running.stop_requested().await;
        assert!(matches!(cause, StopCause::Failed { service, .. } if service == "fails"));
        let report = running.stop().await;
        let shows = report.service("shows").expect("reported");
        assert_eq!(shows.outcome.to_string(), "failed: not flushed");
        assert_eq!(shows.details.len(), 1);
    });
}

/// The end of a service in a box without a failure, and of a group.
#[test]
fn an_end_inside_a_box_is_that_of_the_field() {
    struct Ends;
    impl Service for Ends {
        fn finished(&self) -> impl Future<Output = ServiceExit> + Send + 'static {
            ready(ServiceExit::Done)
        }

        async fn stop(self, _: StopContext) -> Result<(), BoxError> {
            Ok(())
        }
    }
    #[service_group]
    struct Ended {
        log: Log,
        #[service(start = BoxService::new(Ends))]
        ends: BoxService,
        #[service(start = BoxService::new(Storage::start(log.clone(), Inner::FailsWhileRunning).await?))]
        storage: BoxService,
    }
    paused(async {
        let running = Ended::start(Log::default()).await.expect("starts");
        sleep(ms(50)).await;
        assert_eq!(running.handle().status().services[0].state.to_string(), "done");
        let StopCause::Failed { service, error, .. } = running.stop_requested().await else {
            panic!("fails")
        };
        assert_eq!((&*service, &*format!("{error:#}")), ("storage", "`index` failed: index lost"));
        assert_eq!(running.stop().await.services.len(), 2);
    });
}
