//! The same group as in `app.rs`, expanded by hand: all that `#[service_group]` writes, and why. A test of the macro
//! holds it against what it really writes.
//!
//! `library` stands for `::service_group::__private0`, the one path that generated code refers to. It is no part of
//! the contract: look, and let the macro write it.

#![allow(
    non_upper_case_globals,
    dead_code,
    clippy::pedantic,
    clippy::type_complexity,
    reason = "generated code is not linted, but for what the user wrote in it"
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
    // Where the values are until the group is whole, and while it stops: one cell for each field.
    // `Shareable::Cell` is `SharedCell<T>`, an `Arc` that starts borrow from, for what some start expression
    // names; `Sendable::Cell` is `OwnedCell<T>`. They are written as projections so that a type which cannot be
    // sent is told once, at the field, and not wherever a cell is used.
    struct __ServiceGroupCells {
        path: <PathBuf as library::Shareable>::Cell,
        journal: <Journal as library::Shareable>::Cell,
        writer: <Task as library::Sendable>::Cell,
    }

    // Each service is small functions of its own: errors speak of the names that were written, and what rustc
    // has to check grows with the services, not with their square.
    #[allow(clippy::ptr_arg, clippy::too_many_arguments)]
    impl App {
        // The start expression, as it was written. It names `path`: that is the parameter. Whatever else it
        // named would not be in scope, so that no dependency is ever missed.
        async fn __start_journal(
            #[allow(unused_variables)] path: &PathBuf,
        ) -> library::Result<Journal, library::BoxError> {
            #[allow(clippy::diverging_sub_expression)]
            let __value: Journal = Journal::open(path)?;
            #[allow(unreachable_code)]
            return library::Ok(__value);
        }

        // What the engine calls. It takes a handle of just the fields that are named, runs the start as a
        // task that borrows nothing, and puts the value into its cell. Cells are seen from afar here, as any
        // `__C`: whether they can be sent at all is asked once, where they are made.
        fn __launch_journal<__C: library::Send + library::Sync + 'static>(
            __cells: &library::Arc<__C>,
            __of: fn(&__C) -> &__ServiceGroupCells,
        ) -> library::StartFuture {
            // An input is there from the beginning; the engine comes here when all named services have
            // started.
            let path = library::SharedCell::share(&__of(__cells).path);
            let __cells = library::Clone::clone(__cells);

            // `boxed` and its argument have the place of the start expression: a future that is not `Send` is
            // told there.
            let __start = library::boxed(async move { Self::__start_journal(&path).await });
            library::boxed(async move {
                let __value = __start.await?;
                library::ValueCell::put(&__of(&__cells).journal, __value);
                library::Ok(())
            })
        }

        // The `stop` expression: its own field is in scope, by value, and nothing else. `StopOutput` is `()`
        // or a `Result`.
        #[allow(dropping_copy_types, clippy::drop_non_drop)]
        async fn __stop_journal(
            #[allow(unused_mut, unused_variables)] mut journal: Journal,
        ) -> library::Result<(), library::BoxError> {
            library::StopOutput::into_result(journal.close().await)
        }

        // What the plan and the engine know of the service: its place in the plan, how it says that it ended
        // by itself, and how it stops. All that asks whether the type is a `Service` is in here, once.
        const __SERVICE_journal: (
            library::ServicePlan,
            fn(
                &__ServiceGroupCells,
                &library::ServiceContext,
            ) -> library::Option<library::BoxFuture<library::ServiceExit>>,
            fn(&__ServiceGroupCells, library::StopContext) -> library::TakenValue<library::StopFuture>,
        ) = (
            library::ServicePlan::with_stop(
                "journal",
                // It uses no service, only an input, which is always there. It stops before no other by
                // `stop_order`.
                &[],
                &[],
                library::None,
                library::None,
            ),
            // A field with `stop` is asked for nothing, so its type can be any.
            library::joined_noop,
            |__cells, _| {
                library::ValueCell::take(&__cells.journal)
                    .map(|__value| library::boxed(async move { Self::__stop_journal(__value).await }))
            },
        );

        // The second service. `journal` is a name of the start expression: hence the parameter, and an edge
        // of the plan.
        async fn __start_writer(
            #[allow(unused_variables)] journal: &Journal,
        ) -> library::Result<Task, library::BoxError> {
            #[allow(clippy::diverging_sub_expression)]
            let __value: Task = Task::spawn({
                let journal = journal.clone();
                |stop| journal.write(stop)
            });
            #[allow(unreachable_code)]
            return library::Ok(__value);
        }
        fn __launch_writer<__C: library::Send + library::Sync + 'static>(
            __cells: &library::Arc<__C>,
            __of: fn(&__C) -> &__ServiceGroupCells,
        ) -> library::StartFuture {
            let journal = library::SharedCell::share(&__of(__cells).journal);
            let __cells = library::Clone::clone(__cells);
            let __start = library::boxed(async move { Self::__start_writer(&journal).await });
            library::boxed(async move {
                let __value = __start.await?;
                library::ValueCell::put(&__of(&__cells).writer, __value);
                library::Ok(())
            })
        }
        const __SERVICE_writer: (
            library::ServicePlan,
            fn(
                &__ServiceGroupCells,
                &library::ServiceContext,
            ) -> library::Option<library::BoxFuture<library::ServiceExit>>,
            fn(&__ServiceGroupCells, library::StopContext) -> library::TakenValue<library::StopFuture>,
        ) = (
            library::ServicePlan::of::<Task>(
                "writer",
                // The edge: it starts after service 0, the journal, and stops before it.
                &[library::Edge::new(0usize, library::EdgeKind::Use)],
                &[],
                library::None,
                // Its `stop_within`. Without it, the window is that of the type, `Task::STOP_WITHIN`.
                library::Some(library::Duration::from_nanos(2000000000u64)),
            ),
            // A `Task` is a `Service`: it is told where it is, gives the future of its own end, and stops
            // itself.
            |__cells, __membership| library::joined::<Task>(&__cells.writer, __membership),
            |__cells, __stopping| library::stop::<Task>(&__cells.writer, __stopping),
        );
    }

    // What makes it a group: generic code, `Running<App>` in a bigger group for one, knows it by its plan.
    #[automatically_derived]
    impl library::SealedGroup for App {}
    #[automatically_derived]
    impl library::ServiceGroup for App {
        const PLAN: library::Plan = Self::PLAN;
    }

    // Asked for right here, so that a plan which overruns its budget does not compile, though nobody mentions
    // it.
    const _: library::Plan = <App>::PLAN;

    // What is called. The visibility is that of the struct.
    #[allow(clippy::too_many_arguments)]
    impl App {
        #[doc = "The plan of `App`: it stops within 25s, 500ms of lame duck included.\n\nThe services stop in this order, each as soon as those that it waits for have ended:\n\n1. `writer`, within 2s\n2. `journal`, after `writer`\n"]
        pub(crate) const PLAN: library::Plan = library::Plan::checked(
            // A `const fn` adds up the windows along the slowest stop path, those of types too, and panics
            // where they overrun. The call has the place of `stop_within = ".."`.
            "App",
            library::Some(library::Duration::from_nanos(25000000000u64)),
            library::Some(library::Duration::from_nanos(500000000u64)),
            &[Self::__SERVICE_journal.0, Self::__SERVICE_writer.0],
            // An order in which all can start one by one: the engine starts at once what is free, this is for
            // all the rest.
            &[0usize, 1usize],
        );
        /// A run of the group that can be adjusted before it begins.
        pub(crate) fn runner(path: PathBuf) -> library::Runner<Self> {
            library::Runner::new(
                // The cells: inputs are in theirs from the beginning. The parameter is the `GroupHandle`, for
                // a field with `#[group]`.
                move |_| __ServiceGroupCells {
                    path: library::SharedCell::full(path),
                    journal: library::SharedCell::empty(),
                    writer: library::OwnedCell::empty(),
                },
                const {
                    // Plain functions over the cells: the engine knows services by their index, and no type.
                    &library::GroupVTable::<
                        // The cells themselves, or nothing where one of them does not exist, so that no more
                        // is said than was.
                        <__ServiceGroupCells as library::CellsOf<(
                            <PathBuf as library::Shareable>::Cell,
                            <Journal as library::Shareable>::Cell,
                            <Task as library::Sendable>::Cell,
                        )>>::Cells,
                        Self,
                    > {
                        table: &[
                            library::ServiceVTable {
                                start: |__cells| Self::__launch_journal(__cells, |__cells| __cells),
                                joined: Self::__SERVICE_journal.1,
                                stop: Self::__SERVICE_journal.2,
                                cell: |__cells| &__cells.journal,
                            },
                            library::ServiceVTable {
                                start: |__cells| Self::__launch_writer(__cells, |__cells| __cells),
                                joined: Self::__SERVICE_writer.1,
                                stop: Self::__SERVICE_writer.2,
                                cell: |__cells| &__cells.writer,
                            },
                        ],

                        // Inputs are dropped last, in the order of the fields.
                        inputs: |__cells| {
                            let __inputs: library::Box<[&dyn library::AnyCell]> =
                                library::Box::new([&__cells.path]);
                            __inputs.into_vec()
                        },

                        // When all have started, the struct itself: that is what `App::start` gives, to be
                        // looked at while it runs.
                        assemble: |__cells| Self {
                            path: library::take(&__cells.path),
                            journal: library::take(&__cells.journal),
                            writer: library::take(&__cells.writer),
                        },

                        // And taken apart again, to be stopped.
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
        /// Starts all services, and gives the group when it is ready: for tests, and to embed it. Touches
        /// neither signals nor the process.
        ///
        /// # Errors
        ///
        /// The first service that did not start; what had started was stopped again.
        pub(crate) async fn start(
            path: PathBuf,
        ) -> library::Result<library::Running<Self>, library::StartError> {
            // In a function that knows of any group that it can be sent: what was told of this one is not
            // told again.
            async fn __run<__A: library::ServiceGroup>(
                __runner: library::Runner<__A>,
            ) -> library::Result<library::Running<__A>, library::StartError> {
                library::Box::pin(__runner.start()).await
            }
            __run(Self::runner(path)).await
        }
        /// Runs the group until it is told to stop, by a signal too, and stops it: owns the process, and is
        /// what `main` returns.
        pub(crate) async fn run(path: PathBuf) -> library::Outcome {
            async fn __run<__A: library::ServiceGroup>(__runner: library::Runner<__A>) -> library::Outcome {
                library::Box::pin(__runner.run()).await
            }
            __run(Self::runner(path)).await
        }
    }
};
