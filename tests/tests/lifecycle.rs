//! Whole processes as public reports describe them: children, standard input, a program that ends itself, a stop that comes
//! from a start. Each test names a report.

use std::process::{Command, Stdio};

use service_group_tests::{End, Process, Signal};

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lifecycle"));
    command.args(args).env("RUST_BACKTRACE", "0");
    command
}

fn said(end: &End, line: &str) -> bool {
    end.said.iter().any(|said| said == line)
}

/// A program with a child, in a process group as a terminal makes it. Returns the id of the child too.
fn with_child(how: &str) -> (Process, String) {
    use std::os::unix::process::CommandExt;
    let mut process =
        Process::spawn(command(&["child", how]).process_group(0).env("NOTIFY_SOCKET", "@no-manager-here"));
    let line = process.wait_for("child: runs as ");
    let pid = line.split_whitespace().nth(3).expect("an id").to_owned();
    assert_eq!(line.ends_with("no manager"), how != "same-group", "{line}");
    (process, pid)
}

/// tokio-rs/tokio#2504: a child that is to end in order gets SIGTERM from its service alone, also on Ctrl-C.
#[test]
fn a_child_in_a_process_group_of_its_own_is_stopped_by_its_service() {
    for signal in [Signal::INT, Signal::TERM] {
        let (process, _) = with_child("polite");
        process.signal_group(signal);
        let end = process.end();
        assert_eq!(end.code(), 0, "{}", end.text());
        assert!(said(&end, "child: terminated") && said(&end, "closed"), "{}", end.text());
        assert!(!said(&end, "child: interrupted"), "{}", end.text());
    }
}

/// Without a group of its own it receives Ctrl-C too: whether that is a failure is a matter of luck.
#[test]
fn a_child_in_the_same_process_group_is_interrupted() {
    let (process, _) = with_child("same-group");
    process.signal_group(Signal::INT);
    let end = process.end();
    assert!([0, 1].contains(&end.code()), "{}", end.text());
    assert!(said(&end, "child: interrupted") && said(&end, "closed"), "{}", end.text());
}

/// A child that ignores SIGTERM is killed at the end of the window.
#[test]
fn a_child_that_does_not_end_is_killed() {
    let (process, pid) = with_child("stubborn");
    process.signal(Signal::TERM);
    let end = process.end();
    assert_eq!(end.code(), 3, "{}", end.text());
    assert!(end.text().contains("`child` aborted") && said(&end, "closed"), "{}", end.text());
    assert!(!is_running(&pid), "{}", end.text());
}

/// Returns whether a process runs; one that only waits for its parent does not.
fn is_running(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| !rest.trim_start().starts_with(['Z', 'X']) && !rest.is_empty())
}

/// tokio-rs/tokio#2318, #589: a read of standard input that nobody answers.
#[test]
fn a_thread_that_reads_stdin_does_not_hold_up_the_exit() {
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    let mut process = Process::spawn_with(&mut command(&["stdin"]), Stdio::from(reader));
    process.wait_for("ready");
    std::io::Write::write_all(&mut writer, b"tea\n").expect("the program reads");
    process.wait_for("read tea");
    process.signal(Signal::TERM);
    let end = process.end();
    assert_eq!((end.code(), end.on_stderr.len()), (0, 0), "{}", end.text());
    assert!(said(&end, "closed"), "{}", end.text());
    drop(writer);
}

/// spring-projects/spring-boot#27049: a program that ends itself, where the shutdown hooks wait for what called them.
#[test]
fn a_program_can_end_itself_anywhere() {
    for how in ["start", "task", "stop"] {
        let mut process = Process::spawn(&mut command(&["exit", how]));
        if how == "stop" {
            process.wait_for("ready");
            process.signal(Signal::TERM);
        }
        let end = process.end();
        assert_eq!((end.code(), end.on_stderr.len()), (7, 0), "{how}: {}", end.text());
        assert!(!said(&end, "closed"), "{how}: {}", end.text());
    }
}

/// dotnet/runtime#51613: a service that finds out in its start that there is nothing to do.
#[test]
fn a_stop_that_a_start_requests_starts_nothing_more() {
    for (how, has_started) in [("returns", true), ("waits", false)] {
        let end = Process::spawn(&mut command(&["stop-in-start", how])).end();
        assert_eq!(end.code(), 0, "{how}: {}", end.text());
        assert!(said(&end, "closed") && !said(&end, "started after the request"), "{how}: {}", end.text());
        let steps = (said(&end, "checked"), said(&end, "checker stopped"));
        assert_eq!(steps, (has_started, has_started), "{how}: {}", end.text());
    }
}

/// tokio-rs/tokio#1584: a value that panics when the runtime drops it, after the run.
#[test]
fn a_panic_in_the_shutdown_of_the_runtime_changes_nothing() {
    let mut process = Process::spawn(&mut command(&["detached"]));
    process.wait_for("ready");
    process.signal(Signal::TERM);
    let end = process.end();
    assert_eq!(end.code(), 0, "{}", end.text());
    assert!(said(&end, "closed") && said(&end, "dropped with the runtime"), "{}", end.text());
}

/// What docs/processes.md shows is what the tests run.
#[test]
fn the_code_of_the_page_is_that_of_the_program() {
    let page = include_str!("../../docs/processes.md");
    let program = include_str!("../src/bin/lifecycle.rs");
    let blocks: Vec<_> =
        page.split("```rust\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(blocks.len(), 2);
    for block in blocks {
        assert!(program.contains(block), "not in the program:\n{block}");
    }
}
