#![deny(warnings)]
#[path = "../support.rs"]
mod support;

use service_group::service_group;
use support::Server;

/// Things with the name of a field that are not uses of it.
mod rpc {
    pub const PORT: u16 = 1;

    pub fn rpc() -> u16 {
        1
    }
}

struct Ports {
    rpc: u16,
}

impl Ports {
    fn rpc(&self) -> u16 {
        self.rpc
    }
}

macro_rules! rpc {
    (rpc = $port:expr) => {
        $port
    };
}

fn rpc() -> u16 {
    1
}

#[service_group]
struct App {
    #[service(start = Server(rpc::PORT + rpc::rpc()))]
    path: Server,
    #[service(start = Server(rpc()))]
    callee: Server,
    #[service(start = Server(vec![rpc(), rpc::PORT].len() as u16))]
    callee_in_a_macro: Server,
    #[service(start = { let ports = Ports { rpc: 1 }; Server(ports.rpc + ports.rpc()) })]
    member: Server,
    #[service(start = Server(format!("{{rpc}} rpc {}", "{rpc}".len()).len() as u16))]
    text: Server,
    #[service(start = Server('rpc: loop { break 'rpc 1 }))]
    label: Server,
    #[service(start = Server(rpc.port()))]
    used: Server,
    #[service(start = Server(rpc!(rpc = 1)))]
    name_of_a_macro: Server,
    #[service(start = Server(1))]
    rpc: Server,
}

pub fn main() {
    let needs: Vec<usize> = App::PLAN.services().iter().map(|service| service.dependencies().len()).collect();
    assert_eq!(needs, [0, 0, 0, 0, 0, 0, 1, 0, 0]);
    drop(App::run());
}
