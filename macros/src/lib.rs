//! The attribute macro of service-group. Use it through the `service-group` crate.
//!
//! The attribute (`attribute`) adds a hidden derive to the struct. The derive (`derive`) reads the struct (`ast`), finds
//! the names in each expression (`uses`), checks them (`check`), computes the order (`plan` over `graph`), and writes the
//! code (`expand`), or stubs if there was a mistake (`fallback`).

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod arguments;
mod ast;
mod attribute;
mod check;
mod derive;
mod duration;
mod errors;
mod expand;
mod fallback;
mod graph;
mod keys;
mod message;
mod plan;
mod uses;

#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

/// Makes a struct a service group: a service for each field that says how it starts, in an order that follows from
/// what their start expressions name.
///
/// ```text
/// #[service_group(stop_within = "25s", lame_duck = "2s")]
/// pub struct App {
///     config: Config,
///     #[group]
///     group: GroupHandle,
///     #[service(start = Store::open(&config.data)?, stop = store.close().await)]
///     store: Store,
///     #[service(start = GrpcServer::bind(config.rpc, rpc::routes(store)).await?, stop_within = "6s")]
///     rpc: GrpcServer,
/// }
/// ```
///
/// # The group
///
/// `#[service_group(..)]` takes, each at most once:
///
/// | | |
/// |---|---|
/// | `stop_within = "25s"` | the budget of the whole stop, lame duck included; 25 s where it is not given |
/// | `lame_duck = "2s"` | how long everything goes on serving after a stop was requested; not at all by default |
/// | `stop_order(a, b, ..)` | each of these services stops before the next; no effect on the start |
/// | `crate = path` | where this library is, if it is not `::service_group` |
///
/// Durations are written as people write them: `"250ms"`, `"1m 30s"`.
///
/// # The fields
///
/// A field without an attribute is an **input**: a parameter of `run`, `start` and `runner`, in the order of the
/// fields, and dropped last. One that no start names is kept all the same, which is what a guard is for: nothing tells
/// that it is unused, rustc's analysis of dead code neither, since the group as a whole reads it. `#[group]` on one field of type `GroupHandle` gives the services a handle of the group.
/// `#[service(..)]` makes a field a **service**, and takes, each at most once:
///
/// | | |
/// |---|---|
/// | `start = EXPRESSION` | how it starts; required. `.await` and `?` work |
/// | `stop = EXPRESSION` | how it stops, where the type is no `Service`; the field itself is in scope, by value, and nothing else. Gives `()` or a `Result<(), E>` |
/// | `after(a, b, ..)` | starts after these services and stops before them, without using them |
/// | `first`, `last` | starts before, or after, every service that is not |
/// | `start_within = "30s"` | how long the start may take; 30 s where it is not given |
/// | `stop_within = "5s"` | how long the stop may take: guaranteed, and no more than that |
///
/// Naming another field in a start expression is what makes the dependency: the field is in scope as a reference, and
/// has started. A name is a path of one segment that is not called, an identifier in the tokens of a macro that is
/// not part of a path, of a method call or of a call, and `{name}` in its format strings. Nothing else is in scope:
/// a use that is not seen does not compile.
///
/// # What it writes
///
/// `impl ServiceGroup`, and with the visibility of the struct `PLAN`, `runner`, `start` and `run`; a struct with
/// items of its own by these names, or with a `Drop` of its own, does not compile. A plan whose slowest stop path
/// overruns the budget does not either.
///
/// What that looks like, function by function, is in `examples/expanded` of the repository, and what is said of each
/// mistake in `docs/errors.md`.
///
/// The generated functions are exempt from these lints and no others: `clippy::too_many_arguments`; `clippy::ptr_arg`,
/// since a field is in scope as a reference to its own type;
/// `unreachable_code` and `clippy::diverging_sub_expression` right at a start expression, so that `start = todo!()`
/// is none; `unused_variables` and `unused_mut` for what is in scope of an expression; `dropping_copy_types` and
/// `clippy::drop_non_drop` in a `stop`, so that `stop = drop(field)` is none.
#[proc_macro_attribute]
pub fn service_group(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::service_group(&arguments.into(), item.into()).into()
}

#[doc(hidden)]
#[proc_macro_derive(ServiceGroup, attributes(service, group, __service_group))]
pub fn derive_service_group(item: TokenStream) -> TokenStream {
    derive::service_group(item.into()).into()
}
