//! A service of any type in a box.

use std::fmt;
use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::{Finished, Service, ServiceContext, ServiceExit};
use crate::model::{BoxError, Exact, Plan, Window};
use crate::state::StopContext;
use crate::sync::lock;

/// A service of any type, where the configuration chooses between types.
///
/// ```
/// use service_group::{BlockingTask, BoxService, StopToken, Task, service_group};
///
/// #[service_group]
/// struct App {
///     polls: bool,
///     #[service(start = if *polls {
///         BoxService::new(BlockingTask::spawn("poll", poll)?)
///     } else {
///         BoxService::new(Task::spawn(listen))
///     })]
///     events: BoxService,
/// }
///
/// fn poll(stop: StopToken) {
///     while stop.wait_timeout(std::time::Duration::from_secs(1)).is_none() {}
/// }
///
/// async fn listen(stop: StopToken) {
///     stop.requested().await;
/// }
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// # assert!(App::start(false).await.unwrap().stop().await.is_clean());
/// # }
/// ```
///
/// The compiler does not know the type in the box, and adds 5 s to the budget of the group, or the `stop_within` of the
/// field. Where that is not enough, the start of the field fails, and what has started is stopped:
///
/// - Without a `stop_within`, if the service in the box is guaranteed more ([`Service::STOP_WITHIN`]).
/// - With or without it, if the service in the box is a group, and the slowest path of its stop takes more.
///
/// A group in the box is a nested group, as it is in a field of its own type: its status and its report are part of those of
/// the group around it, and a start that is given up rolls it back. The pictures of the plan, progress lines and the status
/// page show the field alone, since they follow the compiled plan.
pub struct BoxService {
    /// Behind a lock only so that other starts may borrow the field whatever the type is.
    service: Mutex<Box<dyn Boxed>>,
    stop_within: Duration,
    content: Content,
}

/// What the engine has to know of the type in the box.
#[derive(Clone, Copy)]
enum Content {
    Service,
    Group(&'static Plan),
    /// Another box, or a collection.
    Any,
}

/// [`Service`] without the type.
trait Boxed: Send {
    fn joined(&self, context: &ServiceContext);
    fn attach(&self, context: &ServiceContext) -> Finished;
    fn finished(&self) -> BoxFuture<'static, ServiceExit>;
    fn stop(self: Box<Self>, context: StopContext) -> BoxFuture<'static, Result<(), BoxError>>;
}

impl<S: Service> Boxed for S {
    fn joined(&self, context: &ServiceContext) {
        Service::joined(self, context);
    }

    fn attach(&self, context: &ServiceContext) -> Finished {
        Service::attach(self, context)
    }

    fn finished(&self) -> BoxFuture<'static, ServiceExit> {
        Box::pin(Service::finished(self))
    }

    fn stop(self: Box<Self>, context: StopContext) -> BoxFuture<'static, Result<(), BoxError>> {
        Box::pin(async move { Service::stop(*self, context).await })
    }
}

impl BoxService {
    /// Returns the service in a box.
    #[must_use = "a service that is dropped is not stopped"]
    pub fn new<S: Service>(service: S) -> Self {
        let content = match S::NESTED {
            Some(plan) => Content::Group(plan),
            None if S::HOLDS_ANY => Content::Any,
            None => Content::Service,
        };
        Self { service: Mutex::new(Box::new(service)), stop_within: S::STOP_WITHIN, content }
    }

    /// Fails the start if the window of the field is too short.
    fn check_place(&self, context: &ServiceContext) {
        if matches!(self.content, Content::Service) {
            // A group that was tried first and did not start is not this service.
            context.clear_nested();
        }
        if let Some(refusal) = self.refusal(context.plan().window()) {
            context.refuse(refusal.into());
        }
    }

    /// Returns why the window of the field is too short, if it is.
    fn refusal(&self, window: Window) -> Option<String> {
        let (content, needed) = match (self.content, window) {
            (Content::Group(plan), _) => (format!("the group `{}`", plan.name()), plan.slowest_stop()),
            (Content::Service | Content::Any, Window::Guaranteed(_)) => {
                ("the service".to_owned(), self.stop_within)
            }
            // The field caps what a type is guaranteed, as it does without the box.
            (Content::Service | Content::Any, Window::Capped(_)) => return None,
        };
        let given = window.guaranteed();
        (needed > given).then(|| {
            let (needed, given) = (Exact(needed), Exact(given));
            format!(
                "{content} in the `BoxService` needs {needed} to stop, and its field has {given}; \
                 write `stop_within = \"{needed}\"`"
            )
        })
    }
}

impl fmt::Debug for BoxService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoxService").field("stop_within", &self.stop_within).finish_non_exhaustive()
    }
}

// A list of the types that are services would hide, in the message for a type that is not, what to write.
#[diagnostic::do_not_recommend]
impl Service for BoxService {
    const HOLDS_ANY: bool = true;

    fn joined(&self, context: &ServiceContext) {
        self.check_place(context);
        lock(&self.service).joined(context);
    }

    fn attach(&self, context: &ServiceContext) -> Finished {
        self.check_place(context);
        lock(&self.service).attach(context)
    }

    fn finished(&self) -> impl Future<Output = ServiceExit> + Send + 'static {
        lock(&self.service).finished()
    }

    fn stop(self, context: StopContext) -> impl Future<Output = Result<(), BoxError>> + Send {
        self.service.into_inner().unwrap_or_else(PoisonError::into_inner).stop(context)
    }
}
