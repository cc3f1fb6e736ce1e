//! Fields whose names are keywords of a later edition than that of the crate.

#![deny(warnings)]
#![allow(keyword_idents_2024)]

use service_group::{Task, service_group};

#[derive(Debug)]
#[service_group]
struct App {
    gen: u64,
    #[service(start = { let gen = *gen; Task::spawn(move |_| async move { drop(vec![gen]) }) }, after(r#type))]
    user: Task,
    #[service(start = format!("{gen}"), stop = drop(r#type))]
    r#type: String,
}

#[service_group]
struct Service {
    #[service(start = 1, stop = println!("{gen}"))]
    gen: u64,
    #[service(start = Task::spawn({ let gen = gen.to_owned(); move |_| async move { drop(vec![gen]) } }))]
    user: Task,
}

/// Whatever is generated can be called.
pub async fn run() {
    drop((App::run(1).await, Service::run().await));
}
