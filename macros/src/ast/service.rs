//! One service, from the arguments of `#[service(..)]`: how it starts and stops.

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt;
use syn::{Attribute, Expr, Ident, Meta, Stmt};

use crate::arguments::{self, Argument};
use crate::duration::DurationLit;
use crate::errors::Errors;
use crate::graph::Position;
use crate::keys::{Key, ServiceKey, ValueKey};
use crate::message;

/// The pauses of `retry` alone: 100 ms to 5 s.
const DEFAULT_RETRY: (u64, u64) = (100_000_000, 5_000_000_000);

/// How one field starts and stops.
pub(crate) struct Service {
    /// Empty where the caller gives the value, and where it is missing, which was reported.
    pub(crate) start: Expr,
    /// Whether the caller gives the value.
    pub(crate) is_given: bool,
    pub(crate) start_key: Span,
    /// In the order of [`ValueKey`].
    pub(crate) value_expressions: Vec<ValueExpression>,
    /// The shortest and the longest pause between two attempts to start, in nanoseconds.
    pub(crate) retry: Option<(u64, u64)>,
    pub(crate) after: Vec<Ident>,
    pub(crate) start_after: Vec<Ident>,
    pub(crate) position: Option<Position>,
    pub(crate) start_within: Option<DurationLit>,
    pub(crate) stop_within: Option<DurationLit>,
    pub(crate) check_within: Option<DurationLit>,
    /// Whether a failure of the service stops only the service.
    pub(crate) may_fail: bool,
    /// Whether the whole attribute could be read: if not, a key may be missing.
    pub(crate) complete: bool,
}

/// An expression over the value of its field, the only name in its scope, as the user wrote it.
pub(crate) struct ValueExpression {
    pub(crate) key: ValueKey,
    pub(crate) key_span: Span,
    pub(crate) expr: Expr,
}

impl Service {
    pub(crate) fn read(name: &str, attribute: &Attribute, errors: &mut Errors) -> Self {
        let mut service = Self {
            start: Expr::Verbatim(TokenStream::new()),
            is_given: false,
            start_key: Span::call_site(),
            value_expressions: Vec::new(),
            retry: None,
            after: Vec::new(),
            start_after: Vec::new(),
            position: None,
            start_within: None,
            stop_within: None,
            check_within: None,
            may_fail: false,
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
        let has = |key| arguments.all.iter().any(|argument| argument.key == key);
        let (is_given, has_check) = (has(ServiceKey::Given), has(ServiceKey::Value(ValueKey::Check)));
        if arguments.complete && !is_given && !has(ServiceKey::Start) {
            errors.push(attribute, message::missing_start());
        }
        if is_given {
            check_given(&arguments.all, errors);
        }
        let check_within = arguments.all.iter().find(|argument| argument.key == ServiceKey::CheckWithin);
        let check_within = check_within.map(|argument| argument.key_ident().clone());
        for argument in arguments.all {
            service.set(argument, errors);
        }
        if let Some(check_within) = check_within.filter(|_| arguments.complete && !has_check) {
            errors.push(check_within, message::check_within_without_check());
        }
        service.value_expressions.sort_by_key(|expression| expression.key);
        service.value_expressions.retain(|expression| {
            let Expr::Closure(closure) = innermost(&expression.expr) else { return true };
            errors.push(closure, message::expression_is_a_closure(name, expression.key));
            false
        });
        service.complete = errors.count() == before;
        service
    }

    /// Returns whether there is a start expression. A missing one was reported, unless the caller gives the value.
    pub(crate) fn has_start(&self) -> bool {
        !matches!(&self.start, Expr::Verbatim(tokens) if tokens.is_empty())
    }

    /// Returns whether the field has a `stop =` expression of its own.
    pub(crate) fn has_stop(&self) -> bool {
        self.value_expression(ValueKey::Stop).is_some()
    }

    /// The expression of a key, if the service has it.
    pub(crate) fn value_expression(&self, key: ValueKey) -> Option<&ValueExpression> {
        self.value_expressions.iter().find(|expression| expression.key == key)
    }

    /// The expressions that the group calls while it runs, each with its variant of `CallKind`.
    pub(crate) fn calls(&self) -> impl Iterator<Item = (&'static str, &ValueExpression)> {
        let all = self.value_expressions.iter();
        all.filter_map(|expression| Some((expression.key.entry().call?, expression)))
    }

    /// Returns whether the stop expression does nothing else than drop the field: `drop(field)`, in a block or not.
    pub(crate) fn only_drops(&self, field: &str) -> bool {
        self.value_expression(ValueKey::Stop).is_some_and(|stop| is_drop(&stop.expr, field))
    }

    fn set(&mut self, argument: Argument<ServiceKey>, errors: &mut Errors) {
        match argument.key {
            ServiceKey::Start => {
                self.start_key = argument.key_span();
                self.start = argument.expression(errors).unwrap_or(Expr::Verbatim(TokenStream::new()));
            }
            ServiceKey::Given => {
                argument.check_flag(errors);
                self.is_given = true;
            }
            ServiceKey::Value(key) => self.add_value_expression(key, argument, errors),
            ServiceKey::Retry => self.retry = argument.bounds(DEFAULT_RETRY, errors),
            ServiceKey::StartAfter => self.start_after = argument.names(errors),
            ServiceKey::After => self.after = argument.names(errors),
            ServiceKey::First => self.set_position(Position::First, &argument, errors),
            ServiceKey::Last => self.set_position(Position::Last, &argument, errors),
            ServiceKey::StartWithin => self.start_within = argument.duration(errors),
            ServiceKey::StopWithin => self.stop_within = argument.duration(errors),
            ServiceKey::CheckWithin => self.check_within = argument.duration(errors),
            ServiceKey::MayFail => {
                argument.check_flag(errors);
                self.may_fail = true;
            }
        }
    }

    fn add_value_expression(&mut self, key: ValueKey, argument: Argument<ServiceKey>, errors: &mut Errors) {
        let key_span = argument.key_span();
        let expr = argument.expression(errors);
        self.value_expressions.extend(expr.map(|expr| ValueExpression { key, key_span, expr }));
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

/// Reports the keys of a start on a service that the caller gives. With a start expression, that is the one mistake.
fn check_given(arguments: &[Argument<ServiceKey>], errors: &mut Errors) {
    if let Some(start) = arguments.iter().find(|argument| argument.key == ServiceKey::Start) {
        return errors.push(start.key_ident(), message::given_with_a_start());
    }
    let of_a_start = [ServiceKey::Retry, ServiceKey::StartAfter, ServiceKey::StartWithin];
    for argument in arguments.iter().filter(|argument| of_a_start.contains(&argument.key)) {
        errors.push(argument.key_ident(), message::given_does_not_start(argument.name()));
    }
}

/// The expression in parentheses, or at the end of a block without statements.
fn innermost(expr: &Expr) -> &Expr {
    match expr {
        Expr::Paren(paren) => innermost(&paren.expr),
        Expr::Group(group) => innermost(&group.expr),
        Expr::Block(block) => match block.block.stmts.as_slice() {
            [Stmt::Expr(only, _)] => innermost(only),
            _ => expr,
        },
        _ => expr,
    }
}

/// Returns whether an expression is `drop(field)`.
fn is_drop(expr: &Expr, field: &str) -> bool {
    match innermost(expr) {
        Expr::Call(call) => {
            let is_drop = matches!(&*call.func, Expr::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "drop"));
            let mut arguments = call.args.iter();
            let is_field = |argument: &Expr| matches!(argument, Expr::Path(path) if path.path.get_ident().is_some_and(|name| name.unraw() == field));
            is_drop && arguments.next().is_some_and(is_field) && arguments.next().is_none()
        }
        _ => false,
    }
}
