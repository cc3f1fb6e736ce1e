//! Tests that the files in `deploy/` contain the settings that follow from the plan.

use serde_json::Value;
use service_group::Plan;

use super::*;
use crate::options::PlanFormat;

const MANIFEST: &str = include_str!("../../../deploy/kubernetes.yaml");
const SERVICE: &str = include_str!("../../../deploy/gateway-rpc.service");
const SOCKET: &str = include_str!("../../../deploy/gateway-rpc.socket");

/// The plan of a run with these `ORDERS_..` variables. Panics for a variable that is not an option of the program.
fn plan_with(variables: &[(String, String)]) -> Plan {
    let option = |(name, value): &(String, String)| {
        let name = name
            .strip_prefix("ORDERS_")
            .unwrap_or_else(|| panic!("`{name}` is not a variable of this program"));
        [format!("--{}", name.to_lowercase().replace('_', "-")), value.clone()]
    };
    let arguments = ["gateway-rpc".to_owned()].into_iter().chain(variables.iter().flat_map(option));
    let options = Options::try_parse_from(arguments).unwrap();
    let lame_duck = options.lame_duck;
    App::runner(options).lame_duck(lame_duck).plan().clone()
}

fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap()
}

/// Asserts that each expected setting is present with the same value.
fn assert_has(found: &Value, expected: &Value, at: &str) {
    match expected {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            assert_has(&found[name], value, &format!("{at}/{name}"));
        }),
        Value::Array(items) => items.iter().enumerate().for_each(|(index, value)| {
            assert_has(&found[index], value, &format!("{at}/{index}"));
        }),
        expected => assert_eq!(found, expected, "{at}"),
    }
}

#[test]
fn the_kubernetes_manifest_has_the_settings_of_the_plan() {
    let documents: Vec<Value> = serde_saphyr::from_multiple(MANIFEST).unwrap();
    let pod = &documents[0]["spec"]["template"];
    let container = &pod["spec"]["containers"][0];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let variables = container["env"].as_array().unwrap().iter();
    let variables: Vec<_> =
        variables.map(|variable| (text(&variable["name"]), text(&variable["value"]))).collect();
    let plan = plan_with(&variables);
    assert_has(pod, &yaml(&PlanFormat::Kubernetes.render(&plan)), "");

    assert_eq!(container["ports"][0]["name"], "http");
    let listens = variables.iter().find(|(name, _)| name == "ORDERS_HTTP").unwrap();
    assert_eq!(listens.1, format!("0.0.0.0:{}", container["ports"][0]["containerPort"]));
}

/// The settings of a unit file, in their order.
fn settings(text: &str) -> Vec<(&str, &str)> {
    let is_setting = |line: &&str| !line.is_empty() && !line.starts_with(['#', '[']);
    text.lines().filter(is_setting).map(|line| line.split_once('=').unwrap()).collect()
}

#[test]
fn the_systemd_unit_has_the_settings_of_the_plan() {
    let unit = settings(SERVICE);
    let variables = unit.iter().filter(|(name, _)| *name == "Environment").map(|(_, value)| {
        let (name, value) = value.split_once('=').unwrap();
        (name.to_owned(), value.to_owned())
    });
    let printed = PlanFormat::Systemd.render(&plan_with(&variables.collect::<Vec<_>>()));
    for expected in settings(&printed) {
        let found: Vec<_> = unit.iter().filter(|(name, _)| *name == expected.0).collect();
        assert_eq!(found, [&expected]);
    }
}

#[test]
fn the_systemd_socket_has_the_name_and_address_of_the_gateway() {
    let unit = settings(SOCKET);
    assert!(unit.contains(&("FileDescriptorName", "http")));
    let listens = unit.iter().find(|(name, _)| *name == "ListenStream").unwrap().1;
    let by_default = Options::try_parse_from(["gateway-rpc"]).unwrap().http.to_string();
    assert_eq!(listens, by_default, "the socket and the default of `--http` must be the same address");
    assert!(include_str!("../../gateway.rs").contains("InheritedSocket::named(\"http\")"));
}
