//! Values and starts in place of the written ones, and runs of a part of a group.

use std::collections::BTreeSet;

use super::{PartialRunner, Runner};
use crate::engine::StartErrorKind;
use crate::engine::erased::{Replacement, boxed, clear_value, put_value};
use crate::model::{BoxError, Key, ServiceId};

impl<A> Runner<A> {
    /// Puts a value in place of the start of a service: for tests.
    ///
    /// The value counts as started from the beginning, and is stopped in the place of its service. Those that it would have
    /// needed start all the same, since the struct has them, unless they are replaced too; only the waiting for them goes. A
    /// replaced service has no `retry`. In place of a value that the caller gives, `given`, it is the same; the given one is
    /// dropped after the last service, as an input is. Of two replacements of one service the last one counts. If the runner also leaves
    /// the service out ([`only`](Self::only)), the run is an error before the first start.
    ///
    /// ```
    /// use service_group::service_group;
    ///
    /// struct Store(&'static str);
    ///
    /// impl Store {
    ///     fn connect() -> std::io::Result<Self> {
    ///         Err(std::io::Error::other("no database in a test"))
    ///     }
    /// }
    ///
    /// #[service_group]
    /// struct App {
    ///     #[service(start = Store::connect()?, stop = drop(store))]
    ///     store: Store,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let app = App::runner().replace(App::KEYS.store, Store("in memory")).start().await.unwrap();
    /// assert_eq!(app.store.0, "in memory");
    /// # assert!(app.stop().await.is_clean());
    /// # }
    /// ```
    pub fn replace<S: Send + 'static>(mut self, service: Key<A, S>, value: S) -> Self {
        let index = service.id().index();
        self.selection.give(index);
        self.parts().replacements.insert(index, Replacement::Value(put_value(value)));
        self
    }

    /// Puts another start in place of that of a service. It runs when those that the service starts after have started, in
    /// the window of the service, and once: a replaced service has no `retry`. It runs in place of a value that the caller gives,
    /// `given`, too: without waiting for anything, in the `start_within` of the group, and the given value is dropped after the
    /// last service, as an input is.
    ///
    /// It is for a nested group with replaced services:
    ///
    /// ```
    /// use service_group::{Running, service_group};
    ///
    /// #[service_group]
    /// struct Storage {
    ///     #[service(start = String::from("a real index"), stop = drop(index))]
    ///     index: String,
    /// }
    ///
    /// #[service_group]
    /// struct App {
    ///     #[service(start = Storage::start().await?)]
    ///     storage: Running<Storage>,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let app = App::runner()
    ///     .replace_start(App::KEYS.storage, async {
    ///         Ok(Storage::runner().replace(Storage::KEYS.index, String::from("a fake")).start().await?)
    ///     })
    ///     .start()
    ///     .await
    ///     .unwrap();
    /// assert_eq!(app.storage.index, "a fake");
    /// # assert!(app.stop().await.is_clean());
    /// # }
    /// ```
    pub fn replace_start<S: Send + 'static>(
        mut self,
        service: Key<A, S>,
        start: impl Future<Output = Result<S, BoxError>> + Send + 'static,
    ) -> Self {
        let index = service.id().index();
        self.selection.restart(index);
        let start = boxed(async move { start.await.map(put_value) });
        self.parts().replacements.insert(index, Replacement::Start { clear: clear_value::<S>(), start });
        self
    }

    /// Runs only these services, and those that their starts use, directly or not: one role of a binary with several.
    ///
    /// `after`, `start_after`, `first`, `last` and `stop_order` bring in no service. They order those that run, also where
    /// the order went through a service that is left out. A value that the caller gives, `given`, is never left out: it exists,
    /// and is stopped. The run ends by itself, with exit code 0, as soon as every service
    /// named here is done. It prints which services are left out.
    ///
    /// Other options are set before.
    ///
    /// ```
    /// use service_group::{Outcome, Task, service_group};
    ///
    /// async fn migrate(database: &str) -> std::io::Result<()> {
    ///     println!("migrating {database}");
    ///     Ok(())
    /// }
    ///
    /// #[service_group]
    /// struct App {
    ///     #[service(start = String::from("orders"), stop = drop(database))]
    ///     database: String,
    ///     #[service(start = migrate(database).await?)]
    ///     migrations: (),
    ///     #[service(start = Task::spawn(async |stop| drop(stop.requested().await)), after(migrations))]
    ///     server: Task,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Outcome {
    /// // Runs `migrations` with `database`, and ends.
    /// App::runner().only([App::KEYS.migrations.id()]).run().await
    /// # }
    /// ```
    pub fn only(self, services: impl IntoIterator<Item = ServiceId<A>>) -> PartialRunner<A> {
        let named = services.into_iter().map(ServiceId::index).collect();
        PartialRunner::new(self, named, None)
    }

    /// Does the same as [`only`](Self::only), by the names of services: for those that come from a command line. A name that
    /// the group does not have is an error before the first start: [`StartErrorKind::UnknownService`].
    pub fn only_named(self, services: impl IntoIterator<Item = impl AsRef<str>>) -> PartialRunner<A> {
        let (mut named, mut unknown) = (BTreeSet::new(), None);
        for name in services {
            match self.plan.position(name.as_ref()) {
                Some(index) => drop(named.insert(index)),
                None => drop(unknown.get_or_insert_with(|| name.as_ref().to_owned())),
            }
        }
        PartialRunner::new(self, named, unknown.map(|name| StartErrorKind::UnknownService(name.into())))
    }
}
