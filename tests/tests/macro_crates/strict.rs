//! A library that forbids all that can be forbidden: every lint that a user may have switched on.

#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub, missing_debug_implementations, unused_results)]
#![deny(unused_qualifications, single_use_lifetimes, unused_lifetimes, let_underscore_drop, non_local_definitions)]
#![deny(elided_lifetimes_in_paths, missing_copy_implementations, trivial_casts, trivial_numeric_casts)]
#![deny(unused_import_braces, variant_size_differences, keyword_idents, rust_2018_idioms, future_incompatible)]
#![deny(clippy::all, clippy::pedantic, clippy::cargo, clippy::nursery)]
#![deny(clippy::shadow_same, clippy::shadow_reuse, clippy::impl_trait_in_params)]
#![allow(clippy::cargo_common_metadata, clippy::multiple_crate_versions, clippy::redundant_pub_crate)]

use service_group::{BoxError, GroupHandle, Running, Service, StopContext, Take, service_group};

/// A service.
#[derive(Debug)]
#[non_exhaustive]
pub struct Server {
    port: u16,
}

impl Server {
    async fn bind(port: u16) -> Result<Self, std::io::Error> {
        std::future::ready(Ok(Self { port })).await
    }
}

impl Service for Server {
    async fn stop(self, _: StopContext) -> Result<(), BoxError> {
        std::future::ready(Ok(())).await
    }
}

#[derive(Debug)]
struct Private {
    port: u16,
}

/// A group.
#[service_group(stop_within = "40s", lame_duck = "1s", stop_order(last, named))]
#[derive(Debug)]
pub struct App {
    private: Private,
    _guard: Private,
    /// A copy that is passed by value, and a big one.
    pub big: [u8; 4096],
    small: u8,
    /// Is in scope as `&String`, since that is its type.
    pub owned: String,
    a: u8,
    b: u8,
    c: u8,
    d: u8,
    e: u8,
    /// Is taken by one start.
    pub taken: Take<u16>,
    /// Is stopped as a service.
    #[service(given, stop = drop(given), check = drop(given), after(unit), stop_within = "1s")]
    given: std::sync::Arc<Private>,
    #[group]
    handle: GroupHandle,
    #[service(start = Server::bind(private.port).await?, stop_within = "5s")]
    named: Server,
    #[service(start = Server { port: u16::from(*small) + named.port + taken.take()? + given.port })]
    r#type: Server,
    #[service(start = (), stop = ())]
    unit: (),
    #[service(start = Box::new(1), stop = drop(boxed))]
    boxed: Box<u8>,
    #[service(start = Storage::start(format!("{owned}{handle:?}{a}{b}{c}{d}{e}")).await?, first)]
    storage: Running<Storage<u8>>,
    #[service(start = Server::bind(u16::from(**boxed)).await?, after(unit), last)]
    last: Server,
    #[service(start = todo!("later {}", big.len()))]
    later: Server,
    #[service(start = Private { port: 1 }, stop = drop(_log))]
    _log: Private,
}

/// A generic group.
#[service_group]
#[derive(Debug)]
pub struct Storage<T: Default + Send + Sync + std::fmt::Debug + 'static> {
    path: String,
    #[service(start = T::default(), stop = drop(value))]
    value: T,
    #[service(start = { let _: (&String, &T) = (path, value); Server::bind(1).await? })]
    server: Server,
}

/// The fields of this group are never read.
mod unused {
    use super::Server;

    #[deprecated]
    pub(super) struct Old;

    #[allow(deprecated)]
    mod inner {
        use super::{Old, Server};
        use service_group::service_group;

        #[service_group]
        pub(super) struct Narrow {
            old: Old,
            #[service(start = { let _: &Old = old; Server { port: 1 } })]
            server: Server,
            #[service(start = Old, stop = drop(other))]
            other: Old,
            copy: u16,
            #[service(start = *copy, stop = drop(copied))]
            copied: u16,
        }
    }

    #[allow(deprecated)]
    pub(super) async fn run() -> service_group::Outcome {
        inner::Narrow::run(Old, 1).await
    }
}

const fn bytes() -> ([u8; 4096], u8) {
    ([0; 4096], 0)
}

/// Whatever is generated can be called.
///
/// # Errors
///
/// Those of the start.
pub async fn start() -> Result<(Running<App>, service_group::Plan), service_group::StartError> {
    let (big, n) = bytes();
    let given = Private { port: 3 }.into();
    let app = App::start(Private { port: 1 }, Private { port: 2 }, big, n, String::new(), n, n, n, n, n, 1, given);
    Ok((app.await?, App::PLAN))
}

/// Whatever is generated can be called.
pub async fn run_unused() -> service_group::Outcome {
    unused::run().await
}

/// Whatever is generated can be called.
pub async fn run() -> service_group::Outcome {
    let (big, n) = bytes();
    App::run(Private { port: 1 }, Private { port: 2 }, big, n, String::new(), n, n, n, n, n, 1, Private { port: 3 }.into()).await
}

/// Whatever is generated can be called.
#[must_use = "a runner runs nothing by itself"]
pub fn runner() -> service_group::Runner<App> {
    let (big, n) = bytes();
    App::runner(Private { port: 1 }, Private { port: 2 }, big, n, String::new(), n, n, n, n, n, Take::new(1), Private { port: 3 }.into())
}
