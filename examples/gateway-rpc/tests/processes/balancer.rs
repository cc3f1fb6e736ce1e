//! An instance behind `HAProxy`, which sends it requests while `/readyz` is 200: a stop with a lame duck loses none.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use service_group_tests::{Process, Signal, find_program};

use crate::app::{App, assert_clean, data_folder};
use crate::client::{Client, PATIENCE, new_order};

/// `HAProxy` in front of these instances, and its address. `None` where it is not installed.
fn balancer(folder: &Path, instances: &[SocketAddr]) -> Option<(Process, SocketAddr)> {
    let program = find_program(&["haproxy"])?;
    let servers =
        instances.iter().enumerate().map(|(index, addr)| format!("    server s{index} {addr} check\n"));
    let servers: String = servers.collect();
    let config = format!(
        "defaults\n    mode http\n    timeout connect 5s\n    timeout client 60s\n    timeout server 60s\n    timeout check 10s\n\
         frontend orders\n    bind fd@3\n    default_backend instances\n\
         backend instances\n    option httpchk GET /readyz\n    default-server inter 50ms fall 3 rise 1\n{servers}"
    );
    let file = folder.join("haproxy.cfg");
    std::fs::write(&file, config).unwrap();
    // It inherits a socket that listens already: its port is free, and no client comes too early.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let script = r#"exec "$0" -db -f "$1" 3<&0 </dev/null"#;
    let mut command = Command::new("sh");
    command.args(["-c", script]).arg(program).arg(file);
    Some((Process::spawn_with(&mut command, Stdio::from(std::os::fd::OwnedFd::from(listener))), addr))
}

#[test]
fn a_balancer_takes_an_instance_out_during_its_lame_duck() {
    let folders = [data_folder(), data_folder()];
    let [leaving, staying] = [0, 1].map(|index| App::start(folders[index].path(), &["--lame-duck", "2s"]));
    let Some((haproxy, addr)) = balancer(folders[0].path(), &[leaving.http, staying.http]) else { return };
    let (answered, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let wait_for_more = || {
        let (enough, until) = (answered.load(Relaxed) + 60, Instant::now() + PATIENCE);
        while answered.load(Relaxed) < enough && Instant::now() < until {
            thread::sleep(Duration::from_millis(1));
        }
    };
    let end = thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !is_over.load(Relaxed) {
                    let mut client = Client::connect(addr).unwrap();
                    let order = client.post(&new_order("tea", 2)).expect("an order is answered");
                    assert_eq!(order.status, 201, "{order:?}");
                    assert_eq!(client.get("/livez").expect("a request is answered").status, 200);
                    answered.fetch_add(2, Relaxed);
                }
            });
        }
        wait_for_more();
        let end = leaving.stop(Signal::TERM);
        wait_for_more();
        is_over.store(true, Relaxed);
        end
    });
    assert_clean(&end);
    haproxy.signal(Signal::TERM);
    assert_clean(&staying.stop(Signal::TERM));
}
