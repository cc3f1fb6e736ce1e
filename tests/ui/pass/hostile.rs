#![no_implicit_prelude]
#![deny(warnings)]
#![forbid(unsafe_code)]
#![deny(unused_results, unused_lifetimes)]

mod std {}
mod core {}
mod service_group {}

pub struct Result;
pub struct Option;
pub struct Box;
pub struct Vec;
pub struct Arc;
pub struct String;
pub struct Plan;
pub struct Runner;
pub trait Send {}
pub trait Sync {}
pub trait Clone {}
pub trait Future {}
pub trait Service {}
pub trait Cell {
    fn take(&self) {}
    fn put(&self) {}
    fn start(&self) {}
    fn run(&self) {}
}
impl<T> Cell for T {}

#[allow(non_upper_case_globals)]
pub const value: () = ();
#[allow(non_upper_case_globals)]
pub const cells: () = ();
#[allow(non_upper_case_globals)]
pub const start: () = ();
#[allow(non_upper_case_globals)]
pub static group: () = ();

pub struct Server;

impl ::service_group::Service for Server {
    async fn stop(self, _: ::service_group::StopContext) -> ::std::result::Result<(), ::service_group::BoxError> {
        ::std::result::Result::Ok(())
    }
}

#[::service_group::service_group]
struct App {
    input: u8,
    #[service(start = { let _ = input; Server })]
    table: Server,
    #[service(start = { let _ = table; Server })]
    wiring: Server,
    #[group]
    handle: ::service_group::GroupHandle,
    #[service(start = {
        let _ = (input, handle);
        Server
    })]
    server: Server,
    #[service(start = { let _ = server; Server }, stop = ::std::mem::drop(stopped))]
    stopped: Server,
}

pub fn main() {
    ::std::mem::drop(App::run(1));
}
