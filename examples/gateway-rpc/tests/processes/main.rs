//! Tests of the whole program with real processes, sockets, signals and files.
#![cfg(unix)]

mod app;
mod client;
mod held;

mod bad_input;
mod balancer;
mod console;
mod contract;
mod cut_requests;
mod durable;
mod handed_over;
mod lame_duck;
mod many_clients;
mod plan;
mod rolling;
mod signals;
mod statusz;
mod story;
mod systemd;
