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

/// Turns a struct into a service group.
///
/// Each field with a start expression is a service. The services start in an order that the macro derives from the
/// fields that the start expressions name, and stop in the reverse order.
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
/// `#[service_group(..)]` takes these keys, each at most once:
///
/// | key | meaning |
/// |---|---|
/// | `stop_within = "25s"` | the budget of the whole stop, including the lame duck. Default: 25 s |
/// | `lame_duck = "2s"` | how long all services continue to serve after a stop was requested. Default: zero |
/// | `stop_order(a, b, ..)` | each of these services stops before the next one. It does not affect the start |
/// | `crate = path` | the path of this library. Default: `::service_group` |
///
/// Durations are written as in `"250ms"` or `"1m 30s"`.
///
/// # The fields
///
/// A field without an attribute is an **input**: a parameter of `run`, `start` and `runner`, in the order of the fields.
/// Inputs are dropped after all services. An input that no start expression names is kept too, for example a guard. No
/// warning reports an unused one: the generated code reads every field, so rustc does not consider it dead.
///
/// `#[group]` on one field of type `GroupHandle` makes a handle of the group available to the services.
///
/// `#[service(..)]` makes a field a **service**. It takes these keys, each at most once:
///
/// | key | meaning |
/// |---|---|
/// | `start = EXPRESSION` | starts the service. Required. It may use `.await` and `?` |
/// | `stop = EXPRESSION` | stops the service if its type does not implement `Service`. Only the field itself is in scope, by value. The expression returns `()` or a `Result<(), E>` |
/// | `after(a, b, ..)` | starts after these services and stops before them, without using them |
/// | `first`, `last` | starts before, or after, every service without that key |
/// | `start_within = "30s"` | the window of the start. Default: 30 s |
/// | `stop_within = "5s"` | the window of the stop: guaranteed, and a maximum. Default: what the type guarantees |
///
/// A start expression that names another field depends on it: the field is in scope as a reference to a started
/// service. These count as names:
///
/// - a path of one segment that is not called,
/// - in the tokens of a macro, an identifier that is not part of a path, a method call or a call,
/// - `{name}` in a format string of a macro.
///
/// No other field is in scope, so a use that the macro does not find does not compile.
///
/// # Generated code
///
/// The macro implements `ServiceGroup`, and adds `PLAN`, `runner`, `start` and `run` with the visibility of the struct.
///
/// It does not compile
///
/// - if the slowest stop path of the plan exceeds the budget,
/// - if the struct has items of its own with these names,
/// - if the struct implements `Drop`.
///
/// In the repository, `examples/expanded` shows the generated code function by function, and `docs/errors.md` each error.
///
/// The generated functions allow these lints and no others:
///
/// | lint | where | reason |
/// |---|---|---|
/// | `clippy::too_many_arguments` | functions of services, public items | one parameter for each field |
/// | `clippy::ptr_arg` | functions of services | a field is in scope as a reference to its own type |
/// | `unreachable_code`, `clippy::diverging_sub_expression` | at the start expression | `start = todo!()` |
/// | `unused_variables`, `unused_mut` | parameters of an expression | the user did not write them |
/// | `dropping_copy_types`, `clippy::drop_non_drop` | the function of a stop expression | `stop = drop(field)` |
#[proc_macro_attribute]
pub fn service_group(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::service_group(&arguments.into(), item.into()).into()
}

#[doc(hidden)]
#[proc_macro_derive(ServiceGroup, attributes(service, group, __service_group))]
pub fn derive_service_group(item: TokenStream) -> TokenStream {
    derive::service_group(item.into()).into()
}
