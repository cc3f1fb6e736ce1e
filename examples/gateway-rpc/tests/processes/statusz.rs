//! A28: which service is stuck? The admin port tells, while it happens.

use std::net::SocketAddr;

use serde_json::{Value, json};
use service_group_tests::Signal;

use crate::app::{App, SERVICES, assert_clean, assert_stopped_in_order, data_folder, report_line};
use crate::client::{self, Client, Events, new_order};

/// Asks until what it tells is so.
fn statusz(admin: SocketAddr, is_so: impl Fn(&Value) -> bool) -> Value {
    loop {
        let told = client::get(admin, "/statusz").json();
        if is_so(&told["status"]) {
            return told;
        }
    }
}

fn service<'a>(told: &'a Value, name: &str) -> &'a Value {
    let services = told["status"]["services"].as_array().expect("services");
    services.iter().find(|service| service["name"] == name).expect("is there")
}

#[test]
fn it_names_the_service_that_holds_up_the_stop() {
    let data = data_folder();
    let mut app = App::start(data.path(), &["--work-ms", "60000"]);
    let mut order = Client::connect(app.http).unwrap().begin_post(&new_order("tea", 2));
    order.send_body();
    app.process.signal(Signal::TERM);
    app.wait_for_stop_of("gateway");

    // A while, in which a second signal comes to count as one.
    let told = statusz(app.admin, |status| status["stop"]["elapsed_seconds"].as_f64() > Some(0.3));
    let status = &told["status"];
    assert_eq!(
        (&status["phase"], &status["waits_for"]),
        (&json!("stopping"), &json!(["gateway"])),
        "{told:#}"
    );
    assert_eq!(status["cause"], json!({"kind": "signal", "signal": "SIGTERM", "text": "on SIGTERM"}));
    let gateway = service(&told, "gateway");
    let seconds = |key: &str| gateway["stop"][key].as_f64().expect("a number");
    assert!(seconds("elapsed_seconds") > 0.2 && seconds("remaining_seconds") < 5.8, "{gateway:#}");
    assert!((seconds("elapsed_seconds") + seconds("remaining_seconds") - 6.0).abs() < 1e-6, "{gateway:#}");
    assert_eq!(gateway["stats"]["oldest"]["what"], "POST /orders", "{gateway:#}");
    assert_eq!(service(&told, "rpc")["waits_for"], json!(["gateway"]), "{told:#}");
    assert_eq!(told["plan"]["stop_within_seconds"], 25.0);

    let end = app.stop(Signal::TERM);
    assert_eq!(end.code(), 3, "{}", end.text());
    assert_eq!(assert_stopped_in_order(&end), SERVICES, "{}", end.text());
    order.answer().expect_err("it was cut");
}

/// The admin port goes on through the lame duck, and stops when all else has but the telemetry.
#[test]
fn it_is_there_for_as_long_as_there_is_something_to_tell() {
    let data = data_folder();
    let mut app = App::start(data.path(), &["--lame-duck", "1s"]);
    let running = statusz(app.admin, |status| status["phase"] == "running");
    assert!(SERVICES.iter().all(|name| service(&running, name)["state"] == "running"), "{running:#}");
    app.process.signal(Signal::TERM);
    let lame = statusz(app.admin, |status| status["phase"] == "lame_duck");
    assert!(lame["status"]["stop"]["remaining_seconds"].as_f64() > Some(24.0), "{lame:#}");
    assert_eq!(client::get(app.admin, "/readyz").status, 503);
    app.wait_for_stop_of("gateway");
    let end = app.process.end();
    assert_clean(&end);
}

/// A page that is open shows the last moment, and holds up nothing.
#[test]
fn an_open_page_is_told_to_the_end() {
    let data = data_folder();
    let app = App::start(data.path(), &[]);
    let page = client::get(app.admin, "/statusz");
    assert_eq!(page.header("content-type"), Some("application/json"), "what is no browser gets JSON");
    let events = Events::of_status(app.admin);
    let end = app.stop(Signal::TERM);
    assert_clean(&end);
    let admin = report_line(&end, "admin");
    assert!(admin.ends_with("graceful, after `store`, 1 answered"), "{admin}");
    let told = events.assert_ends();
    let (_, last) = told.rsplit_once("<h1>").expect("an event");
    let sentence = "Stops on SIGTERM. 4 of 6 services ended. It waits for <b>admin</b>, ";
    assert!(last.contains(sentence), "{last}");
}
