//! Tests of starts that fail because of a port, a file or an option, with the message and the exit code.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use redb::{Database, TableDefinition};
use service_group_tests::{End, Signal};

use crate::app::{
    App, SERVICES, assert_clean, assert_stopped_in_order, command, data_folder, run, store_file,
    with_settings,
};
use crate::client;

/// Asserts exit code 1, that this is the only reason, and that exactly the services `started` were started and
/// stopped.
#[track_caller]
fn assert_refused(end: &End, started: &[&str], reason: &str) {
    assert_eq!(end.code(), 1, "{}", end.text());
    assert_eq!(assert_stopped_in_order(end), started, "{}", end.text());
    let is_reason = |line: &&String| line.contains("did not start: ") && !line.starts_with("`App` stopped");
    let reasons: Vec<_> = end.on_stderr.iter().filter(is_reason).collect();
    assert!(reasons.len() == 1 && reasons[0].starts_with(reason), "expected {reason}: {}", end.text());
    assert!(!end.text().contains("panicked") && !end.text().contains(" WARN "), "{}", end.text());
}

/// A listener, and the address that it occupies.
fn occupied_port() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

#[test]
fn the_http_port_is_in_use() {
    let (data, (_listener, address)) = (data_folder(), occupied_port());
    let end = run(command(data.path()).args(["--http", &address.to_string()]));
    let reason = format!("`gateway` did not start: cannot listen on {address}: ");
    assert_refused(&end, &SERVICES[..8], &reason);
    // The next run can use the same folder.
    assert_clean(&App::start(data.path(), &[]).stop(Signal::TERM));
}

#[test]
fn the_rpc_port_is_in_use() {
    let (data, (_listener, address)) = (data_folder(), occupied_port());
    let end = run(command(data.path()).args(["--rpc", &address.to_string()]));
    let reason = format!(
        "`rpc` (needed by `upstream`, needed by `gateway`) did not start: cannot listen on {address}: "
    );
    assert_refused(&end, &SERVICES[..6], &reason);
}

#[test]
fn the_admin_port_is_in_use() {
    let (data, (_listener, address)) = (data_folder(), occupied_port());
    let end = run(command(data.path()).args(["--admin", &address.to_string()]));
    let reason = format!("`admin` did not start: cannot listen on {address}: ");
    assert_refused(&end, &SERVICES[..2], &reason);
}

#[track_caller]
fn assert_store_refused(end: &End, reason: &str) {
    assert_refused(end, &SERVICES[..3], &format!("`migrations` did not start: {reason}"));
}

#[test]
fn the_data_folder_cannot_be_created() {
    let data = data_folder();
    fs::write(data.path().join("file"), "not a folder").unwrap();
    let below = data.path().join("file/orders");
    let end = run(&mut command(&below));
    assert_store_refused(&end, &format!("cannot write the folder `{}`: ", below.display()));
}

#[test]
fn the_data_file_is_a_folder() {
    let data = data_folder();
    let file = store_file(data.path());
    fs::create_dir(&file).unwrap();
    assert_store_refused(&run(&mut command(data.path())), &format!("cannot open `{}`: ", file.display()));
}

#[test]
fn the_data_folder_cannot_be_written() {
    let data = data_folder();
    let folder = data.path().join("read-only");
    fs::create_dir(&folder).unwrap();
    for (folder, mode) in [(data.path(), 0o755), (&folder, 0o555)] {
        fs::set_permissions(folder, fs::Permissions::from_mode(mode)).unwrap();
    }
    let Some(mut command) = unprivileged(data.path(), &folder) else { return };
    let end = run(&mut with_settings(command(), &folder));
    let file = store_file(&folder);
    assert_store_refused(&end, &format!("cannot open `{}`: I/O error: Permission denied", file.display()));
}

/// A command that runs the program as a user without write permission for `folder`. `None` where the system does not
/// allow that.
fn unprivileged(place: &Path, folder: &Path) -> Option<impl FnMut() -> Command> {
    let program = place.join("gateway-rpc");
    let is_root = fs::write(folder.join("probe"), "").is_ok();
    if is_root {
        fs::remove_file(folder.join("probe")).unwrap();
        // Only root may be able to read the folder in which the program was built.
        fs::copy(env!("CARGO_BIN_EXE_gateway-rpc"), &program).unwrap();
    }
    let command = move || {
        if !is_root {
            return Command::new(env!("CARGO_BIN_EXE_gateway-rpc"));
        }
        let mut command = Command::new(&program);
        command.uid(65_534);
        command
    };
    let works = command().arg("--version").output().is_ok_and(|ended| ended.status.success());
    works.then_some(command)
}

#[test]
fn the_data_file_was_written_by_another_program() {
    let data = data_folder();
    let file = store_file(data.path());
    let foreign = "the diary of another program\n".repeat(1_000);
    fs::write(&file, &foreign).unwrap();
    let reason = format!("`{}` is not an orders store: another program wrote it", file.display());
    assert_store_refused(&run(&mut command(data.path())), &reason);
    assert_eq!(fs::read(&file).unwrap(), foreign.as_bytes(), "the file was changed");
}

#[test]
fn the_data_file_is_a_database_of_another_program() {
    let data = data_folder();
    let file = store_file(data.path());
    let foreign = Database::create(&file).unwrap();
    let transaction = foreign.begin_write().unwrap();
    let table: TableDefinition<u64, &str> = TableDefinition::new("diary");
    transaction.open_table(table).unwrap().insert(1, "rain").unwrap();
    transaction.commit().unwrap();
    drop(foreign);
    let before = fs::read(&file).unwrap();
    let reason = format!("`{}` is not an orders store: it holds the tables `diary`", file.display());
    assert_store_refused(&run(&mut command(data.path())), &reason);
    assert!(fs::read(&file).unwrap() == before, "the file was changed");
}

#[test]
fn the_data_file_is_in_use() {
    let data = data_folder();
    let first = App::start(data.path(), &[]);
    let reason = format!("`{}` is in use by another process", store_file(data.path()).display());
    // The store has the current format, which the migrations find without opening it.
    let reason = format!("`store` (needed by `totals`) did not start: {reason}");
    assert_refused(&run(&mut command(data.path())), &SERVICES[..4], &reason);
    let end = run(command(data.path()).arg("migrate"));
    assert_eq!(end.code(), 0, "{}", end.text());
    assert!(
        end.text().contains("service-group: `App` runs `migrations`; left out: `telemetry`, "),
        "{}",
        end.text()
    );
    assert!(!end.text().contains("listening on"), "{}", end.text());
    assert_eq!(client::order(first.http, "tea", 2).status, 201, "the first process still serves");
    assert_clean(&first.stop(Signal::TERM));
}

/// The report names the failed write, and no order is lost.
#[test]
fn the_telemetry_cannot_be_written() {
    let data = data_folder();
    let telemetry = data.path().join("telemetry.jsonl");
    fs::create_dir(&telemetry).unwrap();
    let app = App::start(data.path(), &[]);
    assert_eq!(client::order(app.http, "tea", 2).status, 201);
    let end = app.stop(Signal::TERM);
    assert_eq!((end.code(), assert_stopped_in_order(&end).len()), (1, SERVICES.len()), "{}", end.text());
    let expected = format!(" on SIGTERM: `telemetry` failed: cannot write `{}`: ", telemetry.display());
    assert!(end.on_stderr.iter().any(|line| line.contains(&expected)), "{}", end.text());

    fs::remove_dir(&telemetry).unwrap();
    let app = App::start(data.path(), &[]);
    assert_eq!(client::get(app.http, "/orders/1").status, 200);
    assert_clean(&app.stop(Signal::TERM));
}

#[test]
fn a_malformed_command_line_is_refused() {
    let data = data_folder();
    let folder = data.path().join("orders");
    for wrong in [
        ["--http", "nonsense"],
        ["--rpc", "127.0.0.1"],
        ["--admin", "9090"],
        ["--http", "127.0.0.1:99999"],
        ["--lame-duck", "2"],
        ["--work-ms", "-1"],
    ] {
        let end = run(command(&folder).args(wrong));
        assert_eq!(end.code(), 2, "{wrong:?}: {}", end.text());
        let expected = format!("error: invalid value '{}' for '{} <", wrong[1], wrong[0]);
        assert!(end.on_stderr[0].starts_with(&expected) || wrong[1] == "-1", "{wrong:?}: {}", end.text());
    }
    let end = run(command(&folder).env("ORDERS_HTTP", "nonsense"));
    assert_eq!(end.code(), 2, "{}", end.text());
    assert!(!folder.exists(), "a service was started");
}
