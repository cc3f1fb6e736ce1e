//! Tests of the gateway's HTTP API with the whole program.

use serde_json::{Value, json};
use service_group_tests::Signal;

use crate::app::{App, assert_clean, data_folder};
use crate::client::{Answer, Client, Events};

#[track_caller]
fn assert_error(answer: &Answer, status: u16) {
    let error = answer.json()["error"].as_str().map(str::len);
    assert!(answer.status == status && error > Some(0), "{answer:?}");
    assert!(answer.header("content-type").is_some_and(|kind| kind == "application/json"), "{answer:?}");
}

#[test]
fn orders_are_created_found_listed_and_watched() {
    let data = data_folder();
    let app = App::start(data.path(), &[]);
    let mut events = Events::open(app.http, None);
    let mut client = Client::connect(app.http).unwrap();

    let created = client.post(r#"{"item": "tea", "quantity": 2}"#).unwrap();
    assert_eq!((created.status, created.header("location")), (201, Some("/orders/1")), "{created:?}");
    let order = created.json();
    assert_eq!((&order["id"], &order["item"], &order["quantity"]), (&json!(1), &json!("tea"), &json!(2)));
    assert_eq!(events.next(), order);

    let found = client.get("/orders/1").unwrap();
    assert_eq!((found.status, found.json()), (200, order.clone()));
    let milk = client.post(r#"{"item": "milk", "quantity": 1}"#).unwrap().json();
    assert_eq!(events.next(), milk);
    let list = client.get("/orders").unwrap();
    assert_eq!((list.status, list.json()), (200, Value::from(vec![order.clone(), milk.clone()])));
    assert_eq!(client.get("/orders?after=1&limit=5").unwrap().json(), Value::from(vec![milk.clone()]));

    let end = app.stop(Signal::TERM);
    assert_clean(&end);
    events.assert_ends();

    // A browser that reconnects sends the id of the last event, and receives the orders it missed.
    let app = App::start(data.path(), &[]);
    assert_eq!(Events::open(app.http, Some(1)).next(), milk);
    assert_clean(&app.stop(Signal::TERM));
}

#[test]
fn invalid_requests_get_an_error_and_keep_the_connection() {
    let data = data_folder();
    let app = App::start(data.path(), &[]);
    // All requests use one connection, because an invalid request does not close it.
    let mut client = Client::connect(app.http).unwrap();
    for (body, status) in [
        ("{", 400),
        ("tea", 400),
        (r#"{"item": "tea", "quantity": 2, "price": 3}"#, 422),
        (r#"{"item": "tea"}"#, 422),
        (r#"{"item": "tea", "quantity": 0}"#, 422),
        (r#"{"item": "tea", "quantity": -1}"#, 422),
        (r#"{"item": " ", "quantity": 1}"#, 422),
    ] {
        assert_error(&client.post(body).unwrap(), status);
    }
    for (path, status) in
        [("/orders/7", 404), ("/orders/tea", 404), ("/nothing", 404), ("/orders?limit=none", 400)]
    {
        assert_error(&client.get(path).unwrap(), status);
    }
    assert_eq!(client.get("/orders").unwrap().json(), json!([]), "an invalid request created an order");
    for path in ["/livez", "/readyz", "/startupz"] {
        assert_eq!(client.get(path).unwrap().status, 200, "{path}");
    }
    drop(client);
    assert_clean(&app.stop(Signal::TERM));
}
