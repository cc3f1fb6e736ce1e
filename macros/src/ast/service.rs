//! One service, from the arguments of `#[service(..)]`: how it starts and stops.

use proc_macro2::{Span, TokenStream};
use syn::{Attribute, Expr, Ident, Meta};

use crate::arguments::{self, Argument};
use crate::duration::DurationLit;
use crate::errors::Errors;
use crate::graph::Position;
use crate::keys::{Key, ServiceKey};
use crate::message;

/// How one field starts and stops.
pub(crate) struct Service {
    /// Empty where it is missing, which was reported.
    pub(crate) start: Expr,
    pub(crate) stop: Option<Expr>,
    /// The spans of the keys `start` and `stop`.
    pub(crate) start_key: Span,
    pub(crate) stop_key: Span,
    pub(crate) after: Vec<Ident>,
    pub(crate) position: Option<Position>,
    pub(crate) start_within: Option<DurationLit>,
    pub(crate) stop_within: Option<DurationLit>,
    /// Whether the whole attribute could be read: if not, a key may be missing.
    pub(crate) complete: bool,
}

impl Service {
    pub(crate) fn read(name: &str, attribute: &Attribute, errors: &mut Errors) -> Self {
        let mut service = Self {
            start: Expr::Verbatim(TokenStream::new()),
            stop: None,
            start_key: Span::call_site(),
            stop_key: Span::call_site(),
            after: Vec::new(),
            position: None,
            start_within: None,
            stop_within: None,
            complete: false,
        };
        let before = errors.count();
        let tokens = match &attribute.meta {
            Meta::List(list) => list.tokens.clone(),
            Meta::Path(_) => TokenStream::new(),
            Meta::NameValue(_) => {
                errors.push(attribute, message::service_with_a_value());
                return service;
            }
        };
        let arguments = arguments::parse(tokens, errors);
        let has_start = arguments.all.iter().any(|argument| argument.key == ServiceKey::Start);
        if arguments.complete && !has_start {
            errors.push(attribute, message::missing_start());
        }
        for argument in arguments.all {
            service.set(argument, errors);
        }
        if let Some(Expr::Closure(closure)) = &service.stop {
            errors.push(closure, message::stop_is_a_closure(name));
            service.stop = None;
        }
        service.complete = errors.count() == before;
        service
    }

    /// Whether there is a start expression. A missing one was reported.
    pub(crate) fn has_start(&self) -> bool {
        !matches!(&self.start, Expr::Verbatim(tokens) if tokens.is_empty())
    }

    /// Whether the field has a `stop =` expression of its own.
    pub(crate) fn has_stop(&self) -> bool {
        self.stop.is_some()
    }

    fn set(&mut self, argument: Argument<ServiceKey>, errors: &mut Errors) {
        match argument.key {
            ServiceKey::Start => {
                self.start_key = argument.key_span();
                self.start = argument.expression(errors).unwrap_or(Expr::Verbatim(TokenStream::new()));
            }
            ServiceKey::Stop => {
                self.stop_key = argument.key_span();
                self.stop = argument.expression(errors);
            }
            ServiceKey::After => self.after = argument.names(errors),
            ServiceKey::First => self.set_position(Position::First, &argument, errors),
            ServiceKey::Last => self.set_position(Position::Last, &argument, errors),
            ServiceKey::StartWithin => self.start_within = argument.duration(errors),
            ServiceKey::StopWithin => self.stop_within = argument.duration(errors),
        }
    }

    fn set_position<K: Key>(&mut self, position: Position, argument: &Argument<K>, errors: &mut Errors) {
        argument.check_flag(errors);
        if self.position.is_some() {
            errors.push(argument.key_ident(), message::first_and_last());
        } else {
            self.position = Some(position);
        }
    }
}
