//! Both groups have the same plan, and start and stop alike.

use std::path::PathBuf;

use service_group::{Running, ServiceGroup, StartError, testing};

use crate::{app, expanded};

fn path(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("expanded-{name}-{}.log", std::process::id()))
}

async fn lines<A: ServiceGroup>(path: &PathBuf, running: Result<Running<A>, StartError>) -> String {
    let report = running.expect("it starts").stop().await;
    assert!(report.is_clean(), "{report}");
    let written = std::fs::read_to_string(path).expect("the journal is there");
    std::fs::remove_file(path).expect("the journal can be removed");
    written
}

#[test]
fn the_plans_are_the_same() {
    assert_eq!(format!("{:?}", app::App::PLAN), format!("{:?}", expanded::App::PLAN));
}

#[tokio::test]
async fn both_start_and_stop() {
    let (written, by_hand) = (path("written"), path("by-hand"));
    let both = (
        lines(&written, app::App::start(written.clone()).await).await,
        lines(&by_hand, expanded::App::start(by_hand.clone()).await).await,
    );
    assert_eq!(both, ("stop requested\n".to_owned(), "stop requested\n".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn both_stop_whatever_fails() {
    let file = path("faults");
    testing::faults({
        let file = file.clone();
        move || app::App::runner(file.clone())
    })
    .await;
    testing::faults({
        let file = file.clone();
        move || expanded::App::runner(file.clone())
    })
    .await;
    std::fs::remove_file(file).expect("the journal can be removed");
}
