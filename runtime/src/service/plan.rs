//! The plan of a service whose type says how it stops.

use std::marker::PhantomData;
use std::time::Duration;

use super::Service;
use crate::model::{Edge, Plan, ServicePlan};

/// Written by the macro. An inherent function, so that rustc's messages name it in short.
#[doc(hidden)]
impl ServicePlan {
    /// A field whose type implements [`Service`].
    #[must_use]
    pub const fn of(
        name: &'static str,
        dependencies: &'static [Edge],
        stops_before: &'static [usize],
        start_within: Option<Duration>,
        stop_within: Option<Duration>,
        window: TypeWindow,
    ) -> Self {
        let TypeWindow { guaranteed, nested, holds_any } = window;
        Self::new(name, dependencies, stops_before, start_within, stop_within, (guaranteed, nested))
            .holding_any(holds_any)
    }
}

/// What the type of a service says about its stop.
#[derive(Debug, Clone, Copy)]
pub struct TypeWindow {
    guaranteed: Duration,
    nested: Option<&'static Plan>,
    holds_any: bool,
}

impl TypeWindow {
    const fn of<S: Service>() -> Self {
        // The evaluation ends here for a type of infinite size, such as that of groups that contain each other. rustc
        // reports that in 12 lines, and otherwise also that their plans have no end, in 130.
        let _ = size_of::<S>();
        Self::of_sized::<S>()
    }

    const fn of_sized<S: Service>() -> Self {
        let guaranteed = match S::NESTED {
            Some(plan) => plan.slowest_stop(),
            None => S::STOP_WITHIN,
        };
        Self { guaranteed, nested: S::NESTED, holds_any: S::HOLDS_ANY }
    }
}

/// The type of a field, service or not: `TypeOf::<S>::WINDOW` is that of the service, and otherwise that of [`NoService`].
///
/// The plan of a group with a type that is not a service has a value, so that its budget is checked in the same compile.
/// The functions that stop the service require the trait, and rustc reports it there.
#[derive(Debug)]
pub struct TypeOf<S>(PhantomData<S>);

impl<S: Service> TypeOf<S> {
    /// What the type says.
    pub const WINDOW: TypeWindow = TypeWindow::of::<S>();
}

/// rustc takes the constant of the trait where the inherent one does not exist.
pub trait NoService {
    /// A type that is not a service adds nothing to the budget: no overrun is reported that may not exist.
    const WINDOW: TypeWindow = TypeWindow { guaranteed: Duration::ZERO, nested: None, holds_any: false };
}

impl<S> NoService for TypeOf<S> {}
