//! Tests of the status page of the admin server during a run and a stop.

use std::net::SocketAddr;

use serde_json::{Value, json};
use service_group_tests::Signal;

use crate::app::{App, SERVICES, assert_clean, assert_stopped_in_order, data_folder, report_line};
use crate::client::{self, Client, Events, new_order};

/// Requests `/statusz` until the condition is true of the status, and returns the response.
fn statusz(admin: SocketAddr, is_so: impl Fn(&Value) -> bool) -> Value {
    loop {
        let answer = client::get(admin, "/statusz").json();
        if is_so(&answer["status"]) {
            return answer;
        }
    }
}

fn service<'a>(answer: &'a Value, name: &str) -> &'a Value {
    let services = answer["status"]["services"].as_array().expect("services");
    services.iter().find(|service| service["name"] == name).expect("the service is in the status")
}

#[test]
fn the_status_names_the_service_that_delays_the_stop() {
    let data = data_folder();
    let mut app = App::start(data.path(), &["--work-ms", "60000"]);
    let mut order = Client::connect(app.http).unwrap().begin_post(&new_order("tea", 2));
    order.send_body();
    app.process.signal(Signal::TERM);
    app.wait_for_stop_of("gateway");

    // Until the next signal counts as another one: signals that follow too soon are ignored.
    let answer = statusz(app.admin, |status| status["stop"]["elapsed_seconds"].as_f64() > Some(0.3));
    let status = &answer["status"];
    assert_eq!(
        (&status["phase"], &status["waits_for"]),
        (&json!("stopping"), &json!(["gateway"])),
        "{answer:#}"
    );
    assert_eq!(status["cause"], json!({"kind": "signal", "signal": "SIGTERM", "text": "on SIGTERM"}));
    let gateway = service(&answer, "gateway");
    let seconds = |key: &str| gateway["stop"][key].as_f64().expect("a number");
    assert!(seconds("elapsed_seconds") > 0.2 && seconds("remaining_seconds") < 5.8, "{gateway:#}");
    assert!((seconds("elapsed_seconds") + seconds("remaining_seconds") - 6.0).abs() < 1e-6, "{gateway:#}");
    assert_eq!(gateway["stats"]["oldest"]["what"], "POST /orders", "{gateway:#}");
    assert_eq!(service(&answer, "rpc")["waits_for"], json!(["upstream"]), "{answer:#}");
    assert_eq!(answer["plan"]["stop_within_seconds"], 25.0);

    let end = app.stop(Signal::TERM);
    assert_eq!(end.code(), 3, "{}", end.text());
    assert_eq!(assert_stopped_in_order(&end), SERVICES, "{}", end.text());
    order.answer().expect_err("it was cut");
}

/// The admin server serves during the lame duck. Only the other services that are `first` stop after it.
#[test]
fn the_admin_server_serves_until_the_services_that_are_not_first_have_ended() {
    let data = data_folder();
    let mut app = App::start(data.path(), &["--lame-duck", "1s"]);
    let running = statusz(app.admin, |status| status["phase"] == "running");
    let state = |name: &str| if name == "migrations" { "done" } else { "running" };
    assert!(SERVICES.iter().all(|name| service(&running, name)["state"] == state(name)), "{running:#}");
    app.process.signal(Signal::TERM);
    let lame = statusz(app.admin, |status| status["phase"] == "lame_duck");
    assert!(lame["status"]["stop"]["remaining_seconds"].as_f64() > Some(24.0), "{lame:#}");
    assert_eq!(client::get(app.admin, "/readyz").status, 503);
    app.wait_for_stop_of("gateway");
    let end = app.process.end();
    assert_clean(&end);
}

/// An open page is updated until the admin server stops, and does not delay the stop.
#[test]
fn an_open_page_is_updated_until_the_admin_server_stops() {
    let data = data_folder();
    let app = App::start(data.path(), &[]);
    let page = client::get(app.admin, "/statusz");
    assert_eq!(
        page.header("content-type"),
        Some("application/json"),
        "a client that is not a browser gets JSON"
    );
    let events = Events::of_status(app.admin);
    let end = app.stop(Signal::TERM);
    assert_clean(&end);
    let admin = report_line(&end, "admin");
    assert!(admin.ends_with("graceful, after `migrations`, 1 answered"), "{admin}");
    let answer = events.assert_ends();
    let (_, last) = answer.rsplit_once("<h1>").expect("an event");
    let sentence = "Stops on SIGTERM. 6 of 9 services ended. It waits for <b>admin</b>, ";
    assert!(last.contains(sentence), "{last}");
}
