#![deny(warnings)]
#[path = "../support.rs"]
mod support;

use service_group::service_group;
use support::{Server, Store};

use std::fmt::Debug;

use service_group::{BoxError, Service, StopContext};

struct Pool<B, const N: usize>(B);

impl<B: Send + 'static, const N: usize> Service for Pool<B, N> {
    async fn stop(self, _: StopContext) -> Result<(), BoxError> {
        Ok(())
    }
}

#[service_group]
struct App<B: Clone + Send + Sync + 'static, const N: usize = 3>
where
    B: Debug,
{
    backend: B,
    #[service(start = Pool(backend.clone()))]
    pool: Pool<B, N>,
    #[service(start = Store::open(&format!("{backend:?} {}", Self::SIZE))?, stop = drop(store))]
    store: Store,
    #[service(start = { let _ = pool; Server(1) })]
    server: Server,
}

impl<B: Clone + Send + Sync + Debug + 'static, const N: usize> App<B, N> {
    const SIZE: usize = N;
}

pub fn main() {
    let _ = App::<u8, 3>::PLAN;
    drop(App::<u8>::run(1));
}
