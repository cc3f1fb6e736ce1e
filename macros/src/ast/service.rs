//! `#[service(..)]`: how one field starts and stops.

use super::{Attribute, Expr, Ident, Meta, Owner, Span, TokenStream, Window, attr, message};
use crate::attr::Argument;
use crate::errors::Errors;
use crate::graph::Place;

/// How one field starts and stops.
pub(crate) struct Service {
    /// Empty where it is missing, which was reported.
    pub(crate) start: Expr,
    pub(crate) stop: Option<Expr>,
    /// Where the keys of the two are written.
    pub(crate) start_key: Span,
    pub(crate) stop_key: Span,
    pub(crate) after: Vec<Ident>,
    pub(crate) place: Option<(Place, Span)>,
    pub(crate) start_within: Option<Window>,
    pub(crate) stop_within: Option<Window>,
}

impl Service {
    pub(crate) fn read(attribute: &Attribute, errors: &mut Errors) -> Self {
        let mut service = Self {
            start: Expr::Verbatim(TokenStream::new()),
            stop: None,
            start_key: Span::call_site(),
            stop_key: Span::call_site(),
            after: Vec::new(),
            place: None,
            start_within: None,
            stop_within: None,
        };
        let tokens = match &attribute.meta {
            Meta::List(list) => list.tokens.clone(),
            Meta::Path(_) => TokenStream::new(),
            Meta::NameValue(_) => {
                errors.push(attribute, message::misshapen_key("service", "#[service = ..]"));
                return service;
            }
        };
        let arguments = attr::parse(tokens, Owner::Service, errors);
        let starts = arguments.all.iter().any(|argument| argument.name() == "start");
        if arguments.whole && !starts {
            errors.push(attribute, message::no_start());
        }
        for argument in arguments.all {
            service.take(argument, errors);
        }
        service
    }

    fn take(&mut self, argument: Argument, errors: &mut Errors) {
        match argument.name().as_str() {
            "start" => {
                self.start_key = argument.key.span();
                self.start = argument.expr(errors).unwrap_or(Expr::Verbatim(TokenStream::new()));
            }
            "stop" => {
                self.stop_key = argument.key.span();
                self.stop = argument.expr(errors);
            }
            "after" => self.after = argument.names(errors),
            "first" => self.place(Place::First, &argument, errors),
            "last" => self.place(Place::Last, &argument, errors),
            "start_within" => self.start_within = argument.window(false, errors),
            _ => self.stop_within = argument.window(false, errors),
        }
    }

    fn place(&mut self, place: Place, argument: &Argument, errors: &mut Errors) {
        argument.flag(errors);
        if self.place.is_some() {
            errors.push(&argument.key, message::first_and_last());
        } else {
            self.place = Some((place, argument.key.span()));
        }
    }
}
