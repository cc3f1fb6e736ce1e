//! The shop with services put in place of others, those inside `journal` included.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use service_group::{BoxError, Runner, testing};
use tower::ServiceExt;

use super::*;
use journal::Backend;

/// Replaces the database inside `journal` by a file in this folder, and `web` by a server on a port that is free.
async fn shop(path: PathBuf) -> Result<Runner<Shop>, BoxError> {
    let database = File::connect(&path).await?;
    let journal = Journal::runner(PathBuf::from("/nowhere/sales.log"));
    let journal = journal.replace(Journal::<File>::KEYS.backend, database);
    let web = HttpServer::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), Router::new()).await?;
    let runner = Shop::runner("/nowhere/sales.log".into())
        .replace_start(Shop::KEYS.journal, async { Ok(journal.start().await?) })
        .replace(Shop::KEYS.web, web);
    Ok(runner)
}

fn request(method: &str, path: &str, body: &str) -> Request<Body> {
    Request::builder().method(method).uri(path).body(Body::from(body.to_owned())).expect("a request")
}

#[tokio::test]
async fn what_was_sold_before_the_stop_is_in_the_database_inside_the_nested_group() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sales.log");
    let shop = shop(path.clone()).await.expect("a shop").start().await.expect("it starts");
    let routes = routes(shop.journal.entries(), &shop.handle());
    for what in ["a teapot", "two cups"] {
        let answer = routes.clone().oneshot(request("POST", "/sales", what)).await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
    }
    let report = shop.stop().await;
    assert!(report.is_clean(), "{report}");
    assert_eq!(fs::read_to_string(path).expect("the file"), "a teapot\ntwo cups\n");
    let answer = routes.oneshot(request("POST", "/sales", "a spoon")).await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn a_check_inside_the_nested_group_counts_for_the_shop() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sales.log");
    let shop = shop(path.clone()).await.expect("a shop").start().await.expect("it starts");
    let routes = routes(shop.journal.entries(), &shop.handle());
    fs::remove_file(path).expect("the file");
    let answer = routes.oneshot(request("GET", "/readyz", "")).await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    let report = shop.handle().check().await.to_string();
    assert!(
        report.starts_with("`journal.backend` (used by `journal.writer`, `journal.expiry`, `web`): "),
        "{report}"
    );
    assert!(shop.stop().await.is_clean());
}

#[tokio::test]
async fn a_database_that_cannot_be_opened_is_named_with_its_place() {
    let nowhere = PathBuf::from("/nowhere/sales.log");
    let journal = Journal::runner(nowhere.clone());
    // Another start in place of the written one, since that is tried again for 30 s.
    let once = async { File::connect(&"/nowhere/sales.log".into()).await };
    let journal = journal.replace_start(Journal::<File>::KEYS.backend, once);
    let shop = Shop::runner(nowhere).replace_start(Shop::KEYS.journal, async { Ok(journal.start().await?) });
    let error = shop.start().await.expect_err("no such folder");
    let text = format!("{error:#}");
    assert!(text.starts_with("`journal` (needed by `web`) did not start: `backend` "), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn stops_whatever_fails() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sales.log");
    let web = || async { Ok(HttpServer::bind("127.0.0.1:0", Router::new()).await?) };
    testing::faults(move || Shop::runner(path.clone()).replace_start(Shop::KEYS.web, web())).await;
}
