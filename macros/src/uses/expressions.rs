//! Names in expressions.

use quote::ToTokens;
use syn::ext::IdentExt;
use syn::visit::{self, Visit};
use syn::{Attribute, BinOp, Expr, ExprCall, Ident, Item, Macro, Pat, PatIdent};

use super::finder::Finder;
use super::format::format_names;
use super::known_macros::KnownMacro;
use super::result::{Certainty, Inside};

/// The name, if the expression is just one.
fn single_name(expr: &Expr) -> Option<&Ident> {
    match expr {
        Expr::Path(path) if path.qself.is_none() && path.attrs.is_empty() => path.path.get_ident(),
        Expr::Group(group) => single_name(&group.expr),
        _ => None,
    }
}

/// The parts of an expression that are hardly ever functions.
fn operands(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::Await(of) => vec![&of.base],
        Expr::Field(of) => vec![&of.base],
        Expr::MethodCall(of) => vec![&of.receiver],
        Expr::Try(of) => vec![&of.expr],
        Expr::Reference(of) => vec![&of.expr],
        Expr::Unary(of) => vec![&of.expr],
        Expr::Binary(of) => vec![&of.left, &of.right],
        Expr::Index(of) => vec![&of.expr, &of.index],
        Expr::Tuple(of) => of.elems.iter().collect(),
        _ => Vec::new(),
    }
}

/// The place that an expression changes, or borrows to change it.
fn changed_place(expr: &Expr) -> Option<&Expr> {
    match expr {
        Expr::Reference(of) if of.mutability.is_some() => Some(&of.expr),
        Expr::Assign(of) => Some(&of.left),
        Expr::Binary(of) if is_compound_assignment(&of.op) => Some(&of.left),
        _ => None,
    }
}

fn is_compound_assignment(operator: &BinOp) -> bool {
    let text = operator.to_token_stream().to_string();
    text.ends_with('=') && !["==", "!=", "<=", ">="].contains(&text.as_str())
}

/// The name from which a place is reached without a call.
fn root_of_place(place: &Expr) -> Option<&Ident> {
    match place {
        Expr::Field(of) => root_of_place(&of.base),
        Expr::Unary(of) => root_of_place(&of.expr),
        Expr::Paren(of) => root_of_place(&of.expr),
        _ => single_name(place),
    }
}

impl Finder<'_> {
    fn visit_inside(&mut self, inside: Inside, visit: impl FnOnce(&mut Self)) {
        let outside = self.inside;
        self.inside = outside.max(inside);
        visit(self);
        self.inside = outside;
    }

    fn visit_known_macro(&mut self, known: &KnownMacro) {
        if let Some(pattern) = &known.pattern {
            self.visit_pat(pattern);
        }
        let is_key = |name: &String| known.keys.iter().any(|key| key.unraw() == name);
        if let Some(text) = &known.format {
            for name in format_names(&text.value()).into_iter().filter(|name| !is_key(name)) {
                self.add_name(name, text.span(), Certainty::Value);
            }
        }
        for value in &known.values {
            self.visit_expr(value);
        }
        known.keys.iter().for_each(|key| self.add_word(key));
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_expr(&mut self, expr: &'ast Expr) {
        if let Some(ident) = single_name(expr) {
            self.add_word(ident);
            return self.add_ident(ident, Certainty::Bare);
        }
        for operand in operands(expr) {
            if let Some(ident) = single_name(operand) {
                self.add_ident(ident, Certainty::Value);
            }
        }
        if let Some(ident) = changed_place(expr).and_then(root_of_place) {
            self.change(ident);
        }
        match expr {
            Expr::Closure(_) => self.visit_inside(Inside::Closure, |finder| visit::visit_expr(finder, expr)),
            Expr::Async(_) => self.visit_inside(Inside::AsyncBlock, |finder| visit::visit_expr(finder, expr)),
            Expr::Verbatim(tokens) => self.scan(tokens.clone()),
            _ => visit::visit_expr(self, expr),
        }
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        match &*call.func {
            Expr::Path(callee) => self.visit_expr_path(callee),
            callee => self.visit_expr(callee),
        }
        let is_task = passes_a_stop_token(&call.func);
        for argument in &call.args {
            if let (true, Some(ident)) = (is_task, single_name(argument)) {
                self.add_ident(ident, Certainty::BareTask);
            }
            self.visit_expr(argument);
        }
    }

    fn visit_ident(&mut self, ident: &'ast Ident) {
        self.add_word(ident);
    }

    fn visit_macro(&mut self, mac: &'ast Macro) {
        match KnownMacro::parse(mac) {
            Some(known) => self.visit_known_macro(&known),
            None => self.scan(mac.tokens.clone()),
        }
    }

    fn visit_pat(&mut self, pattern: &'ast Pat) {
        match pattern {
            Pat::Verbatim(tokens) => self.scan(tokens.clone()),
            _ => visit::visit_pat(self, pattern),
        }
    }

    fn visit_item(&mut self, item: &'ast Item) {
        match item {
            Item::Verbatim(tokens) => self.scan(tokens.clone()),
            _ => visit::visit_item(self, item),
        }
    }

    fn visit_pat_ident(&mut self, pattern: &'ast PatIdent) {
        self.bind(&pattern.ident);
        visit::visit_pat_ident(self, pattern);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        self.uses.conditional |= attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr");
    }
}

/// Returns whether the function is one of those that call their argument with a stop token.
fn passes_a_stop_token(function: &Expr) -> bool {
    let Expr::Path(path) = function else { return false };
    let mut names = path.path.segments.iter().rev().map(|segment| segment.ident.to_string());
    let function = names.next();
    let ty = names.next();
    matches!(function.as_deref(), Some("spawn" | "try_spawn" | "restarting"))
        && matches!(ty.as_deref(), Some("Task" | "BlockingTask"))
}
