//! The same group as in `app.rs`, expanded by hand: the code that `#[service_group]` writes, with the reasons for it. A
//! test of the macro compares this file with what the macro writes.
//!
//! `library` is `::service_group::__private0`, the only path that generated code refers to. It is not part of the public
//! API: read it, and let the macro write it.
//!
//! Generated names start with `__`. They cannot collide with fields, nor with a constant of the user, which a pattern of
//! the same name would mean.

#![allow(
    non_upper_case_globals,
    dead_code,
    clippy::pedantic,
    clippy::needless_lifetimes,
    clippy::type_complexity,
    reason = "rustc does not lint generated code, except the expressions of the user"
)]

use std::path::PathBuf;

use service_group::{__private0 as library, Task};

use crate::journal::Journal;

/// A journal, and a task that writes into it.
pub(crate) struct App {
    path: PathBuf,

    journal: Journal,

    writer: Task,
}

const _: () = {
    // One cell for each field. It holds the value until the group is assembled, and again while the group stops.
    //
    // `Shareable::Cell` is `SharedCell<T>`, which lends its value to starts. It is for fields that some start expression
    // names. `Sendable::Cell` is `OwnedCell<T>`, for all others. The types are written as projections so that rustc
    // reports a type that cannot be sent to another thread once, at the field, and not at each use of the cell.
    struct __ServiceGroupCells {
        path: <PathBuf as library::Shareable>::Cell,
        journal: <Journal as library::Shareable>::Cell,
        writer: <Task as library::Sendable>::Cell,
        // Where the cells are used, rustc asks of the last field whether it has a size. If that were a cell which does not
        // exist, rustc would report it there once more.
        __sized: (),
    }

    // Each service has small functions of its own. Errors mention only names that the user wrote, and the time that
    // rustc needs grows linearly with the services.
    #[allow(clippy::ptr_arg, clippy::too_many_arguments)]
    impl App {
        // The start expression as the user wrote it. It names `path`, which is therefore a parameter. No other field is
        // in scope, so a dependency that the macro overlooks does not compile.
        //
        // The lifetime is a message: rustc prints it where an expression keeps the reference. Its end is
        // `_before_the_closure` where the name is used in a closure.
        async fn __start_journal<'clone_path_first>(
            path: &'clone_path_first PathBuf,
        ) -> library::Result<Journal, library::BoxError> {
            // The block ends at the end of the expression, where rustc labels that `path` is dropped.
            {
                // The same name, located at the key `start`: where an expression changes a field, rustc would otherwise
                // propose `path: &mut PathBuf: PathBuf` at the field.
                #[allow(unused_variables, clippy::shadow_reuse, clippy::used_underscore_binding)]
                let (path,) = (path,);
                #[allow(clippy::diverging_sub_expression)]
                let __value: Journal = Journal::open(path)?;
                #[allow(unreachable_code)]
                return library::Ok(__value);
            }
        }

        // The engine calls this function when all services that the start names have started. It lends the named fields,
        // returns a future that borrows nothing, and puts the value into the cell.
        //
        // The cells are erased, so that rustc checks whether they can be sent once, where they are made.
        fn __launch_journal(__cells: &library::ErasedCells) -> library::StartFuture {
            let __lent =
                [library::SharedCell::lend(&library::ErasedCells::get::<__ServiceGroupCells>(__cells).path)];
            let __cells = library::Clone::clone(__cells);

            // `boxed` requires `Send`. The call is located at the start expression, so rustc reports there that the
            // future is not `Send`.
            library::boxed(async move {
                let __result = Self::__start_journal(library::Lent::get(&__lent[0usize])).await;
                library::started(
                    &library::ErasedCells::get::<__ServiceGroupCells>(&__cells).journal,
                    __result,
                )
            })
        }

        // The `stop` expression. Only the field itself is in scope, by value. `StopOutput` is implemented for `()` and
        // for `Result<(), E>`.
        #[allow(dropping_copy_types, clippy::drop_non_drop)]
        async fn __stop_journal(
            #[allow(unused_mut, unused_variables)] mut journal: Journal,
        ) -> library::Result<(), library::BoxError> {
            library::StopOutput::into_result(journal.close().await)
        }

        // The service in the plan.
        const __PLAN_journal: library::ServicePlan = library::ServicePlan::with_stop(
            "journal",
            // No edges: it uses only an input, and `stop_order` does not list it.
            &[],
            &[],
            // Neither `start_within` nor `stop_within`: the defaults apply.
            library::None,
            library::None,
        );

        // The functions that depend on the type of the service. Code that requires the type to be a `Service` is only in
        // this constant, so that rustc reports a missing implementation once.
        const __SERVICE_journal: library::ServiceDefinition<__ServiceGroupCells> =
            library::ServiceDefinition {
                // A field with `stop =` can be of any type, so it never reports that it ended by itself.
                joined: library::joined_noop,
                stop: |__cells, _| {
                    library::ValueCell::take(&__cells.journal)
                        .map(|__value| library::boxed(async move { Self::__stop_journal(__value).await }))
                },
            };

        // The second service. Its start names `journal`, which is therefore a parameter, and an edge of the plan.
        async fn __start_writer<'clone_journal_before_the_closure>(
            journal: &'clone_journal_before_the_closure Journal,
        ) -> library::Result<Task, library::BoxError> {
            {
                #[allow(unused_variables, clippy::shadow_reuse, clippy::used_underscore_binding)]
                let (journal,) = (journal,);
                #[allow(clippy::diverging_sub_expression)]
                let __value: Task = Task::spawn({
                    let journal = journal.clone();
                    |stop| journal.write(stop)
                });
                #[allow(unreachable_code)]
                return library::Ok(__value);
            }
        }

        fn __launch_writer(__cells: &library::ErasedCells) -> library::StartFuture {
            let __lent = [library::SharedCell::lend(
                &library::ErasedCells::get::<__ServiceGroupCells>(__cells).journal,
            )];
            let __cells = library::Clone::clone(__cells);
            library::boxed(async move {
                let __result = Self::__start_writer(library::Lent::get(&__lent[0usize])).await;
                library::started(&library::ErasedCells::get::<__ServiceGroupCells>(&__cells).writer, __result)
            })
        }

        const __PLAN_writer: library::ServicePlan = {
            // What `WINDOW` is where the type is not a service. rustc reports that below, and checks the budget here.
            #[allow(unused_imports)]
            use library::NoService as _;
            library::ServicePlan::of(
                "writer",
                // It starts after service 0, the journal, and stops before it.
                &[library::Edge::new(0usize, library::EdgeKind::Use)],
                &[],
                library::None,
                // The `stop_within` of the field. Without it, `Task::STOP_WITHIN` applies.
                library::Some(library::Duration::from_nanos(2000000000u64)),
                <library::TypeOf<Task>>::WINDOW,
            )
        };

        const __SERVICE_writer: library::ServiceDefinition<__ServiceGroupCells> =
            library::ServiceDefinition {
                // `Task` is a `Service`. `joined` passes it its context and returns the future of its own end.
                joined: |__cells, __context| library::joined::<Task>(&__cells.writer, __context),
                stop: |__cells, __context| library::stop::<Task>(&__cells.writer, __context),
            };
    }

    // The group for generic code, for example `Running<App>` as a field of a bigger group.
    #[automatically_derived]
    impl library::SealedGroup for App {}
    #[automatically_derived]
    impl library::ServiceGroup for App {
        const PLAN: library::Plan = Self::PLAN;
    }

    // A key for each service, as visible as its field.
    #[allow(private_interfaces, dead_code, clippy::type_complexity)]
    pub(crate) struct __ServiceGroupKeys {
        journal: library::Key<App, Journal>,
        writer: library::Key<App, Task>,
    }

    // The items that users call, with the visibility of the struct.
    #[allow(
        clippy::too_many_arguments,
        clippy::used_underscore_binding,
        clippy::implicit_return,
        clippy::impl_trait_in_params
    )]
    impl App {
        #[doc = "The plan of `App`: it stops within 25s, 500ms of lame duck included.\n\nThe services stop in this order, each as soon as those that it waits for have stopped:\n\n1. `writer`, within 2s\n2. `journal`, after `writer`\n"]
        pub(crate) const PLAN: library::Plan = library::Plan::of(
            // This `const fn` adds up the windows along the slowest stop path, those of types included.
            "App",
            library::Some(library::Duration::from_nanos(25000000000u64)),
            library::Some(library::Duration::from_nanos(500000000u64)),
            &[Self::__PLAN_journal, Self::__PLAN_writer],
            // One order in which all services can start. The engine does not follow it: it starts each service as soon as
            // its dependencies have started. Pictures and checks of the plan use it.
            &[0usize, 1usize],
        );

        /// The keys of the services: `KEYS.name` stands for the service of that name where code replaces or chooses one.
        #[allow(private_interfaces)]
        pub(crate) const KEYS: __ServiceGroupKeys =
            __ServiceGroupKeys { journal: library::Key::new(0usize), writer: library::Key::new(1usize) };

        /// Returns a run of the group that can be configured before it starts.
        pub(crate) fn runner(path: PathBuf) -> library::Runner<Self> {
            library::Runner::new(
                // The cells of inputs are full from the start. The parameter is the `GroupHandle`, for a field with
                // `#[group]`.
                move |_| __ServiceGroupCells {
                    path: library::full(<PathBuf as library::Shareable>::empty(), path),
                    journal: <Journal as library::Shareable>::empty(),
                    writer: <Task as library::Sendable>::empty(),
                    __sized: (),
                },
                const {
                    // Plain functions over the cells. The engine knows services only by their index.
                    &library::GroupVTable::<
                        // The cells, by way of their types: if one of them does not exist, which rustc reports at the
                        // field, it is not reported again here.
                        <__ServiceGroupCells as library::CellsOf<(
                            <PathBuf as library::Shareable>::Cell,
                            <Journal as library::Shareable>::Cell,
                            <Task as library::Sendable>::Cell,
                        )>>::Cells,
                        Self,
                    > {
                        table: &[
                            library::ServiceVTable {
                                start: Self::__launch_journal,
                                joined: Self::__SERVICE_journal.joined,
                                stop: Self::__SERVICE_journal.stop,
                            },
                            library::ServiceVTable {
                                start: Self::__launch_writer,
                                joined: Self::__SERVICE_writer.joined,
                                stop: Self::__SERVICE_writer.stop,
                            },
                        ],

                        // Inputs are dropped last, side by side.
                        inputs: &["path"],

                        // The cells by index: those of the services, and then those of the inputs.
                        cell: |__cells, __index| match __index {
                            0usize => &__cells.journal,
                            1usize => &__cells.writer,
                            2usize => &__cells.path,
                            _ => library::no_cell(),
                        },

                        // Builds the struct when all services have started, for `App::start`.
                        assemble: |__cells| Self {
                            path: library::take(&__cells.path),
                            journal: library::take(&__cells.journal),
                            writer: library::take(&__cells.writer),
                        },

                        // Takes the struct apart before its services are stopped.
                        disassemble: |__group, __cells| {
                            let Self { path: __value0, journal: __value1, writer: __value2 } = __group;
                            library::ValueCell::put(&__cells.path, __value0);
                            library::ValueCell::put(&__cells.journal, __value1);
                            library::ValueCell::put(&__cells.writer, __value2);
                        },
                    }
                },
            )
        }

        /// Starts all services and returns the running group: for tests, and to embed it. It handles no
        /// signals, and does not end the process.
        ///
        /// # Errors
        ///
        /// The first service that did not start. Services that had started were stopped again.
        pub(crate) async fn start(
            path: PathBuf,
        ) -> library::Result<library::Running<Self>, library::StartError> {
            // Generic over the group, so that rustc does not report once more, here, a field that cannot be sent.
            async fn __call<A: library::ServiceGroup>(
                __runner: library::Runner<A>,
            ) -> library::Result<library::Running<A>, library::StartError> {
                library::Box::pin(__runner.start()).await
            }
            __call(Self::runner(path)).await
        }

        /// Runs the group until a signal, the code or a failure requests the stop, and stops it. For `main`,
        /// which returns the outcome.
        #[allow(clippy::future_not_send)]
        pub(crate) async fn run(path: PathBuf) -> library::Outcome {
            async fn __call<A: library::ServiceGroup>(__runner: library::Runner<A>) -> library::Outcome {
                library::Box::pin(__runner.run()).await
            }
            __call(Self::runner(path)).await
        }
    }

    // The compiler checks the windows here, even if no code mentions the plan. The calls panic if they overrun, and are
    // located at `stop_within = ".."`, where rustc reports the panic. The plan can still be read: the group around this
    // one is checked in the same compile.
    const _: library::ServicePlan = <App>::__PLAN_writer.checked();
    const _: library::Plan = <App>::PLAN.checked::<2usize>();
};
