//! Several services of a kind that the caller gives.

use service_group::{Task, service_group};
use service_group_tests::{Log, Probe, paused};

#[service_group]
struct App {
    log: Log,
    #[service(given)]
    consumers: Vec<Probe>,
    #[service(given)]
    extra: Option<Task>,
    #[service(start = { let _ = (consumers, extra); Probe::new("rpc", log) })]
    rpc: Probe,
}

#[test]
fn they_are_members_as_if_the_group_had_started_them() {
    paused(async {
        let log = Log::default();
        let consumers = vec![Probe::new("first", &log), Probe::new("second", &log)];
        let app = App::start(log.clone(), consumers, None).await.expect("starts");
        let status = app.handle().status();
        let names: Vec<_> = status.service("consumers").expect("a row").members().iter().collect();
        assert_eq!(
            names.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(),
            ["consumers[0]", "consumers[1]"]
        );
        assert_eq!(status.service("extra").expect("a row").state.to_string(), "absent");
        let text = app.start_report().to_string();
        assert_eq!(text.lines().filter(|line| line.ends_with(" given")).count(), 2, "{text}");
        let report = app.stop().await;
        assert!(report.is_clean(), "{report}");
        assert_eq!(report.service("consumers").expect("a row").members().len(), 2, "{report}");
        assert_eq!(log.lines()[3..].join(" "), "-rpc ~rpc -first ~first -second ~second");
    });
}
