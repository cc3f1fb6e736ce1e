//! The dependencies of each service: the fields that its start expression names, and the services in its `after`.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Span;
use syn::Ident;
use syn::ext::IdentExt;

use super::context::{Context, Doubt, NamedField, Origin, Referred};
use crate::errors::Errors;
use crate::graph::EdgeKind;
use crate::message;
use crate::uses::{self, Certainty, Use, Uses};

/// What the starts of all services name.
#[derive(Default)]
pub(super) struct Starts {
    pub(super) named: Vec<Vec<NamedField>>,
    pub(super) near_misses: Vec<Vec<(usize, Span)>>,
    /// The services whose start was reported.
    pub(super) wrong: BTreeSet<usize>,
}

impl Context<'_> {
    /// Finds the fields that each start names, adds their edges, and reports names that cannot be meant.
    pub(super) fn add_uses(&mut self, errors: &mut Errors) -> Starts {
        let group = self.group;
        let mut starts = Starts::default();
        for (service, (field, declared)) in group.services().enumerate() {
            let before = errors.count();
            let uses = uses::find(&declared.start, &self.names);
            let check = |named| self.add_use(service, &field.name, named, &uses, errors);
            starts.named.push(uses.named.iter().filter_map(check).collect());
            starts.near_misses.push(self.near_misses(&field.name, &uses));
            let is_shared =
                |name: &str| self.fields.contains_key(name) && !uses.binds(name) && field.name != name;
            for (name, span) in uses.changed.iter().filter(|(name, _)| is_shared(name)) {
                errors.push_at(*span, message::start_changes(&field.name, name));
            }
            if errors.count() > before {
                starts.wrong.insert(service);
            }
        }
        starts
    }

    /// The fields that are near to a value of an expression, and are not in it. Each is declared before the expression, so
    /// that rustc proposes it if nothing has the name of that value. A name that occurs may be that of a function, which
    /// the declaration would hide.
    fn near_misses(&self, service: &str, uses: &Uses) -> Vec<(usize, Span)> {
        let absent = self.fields.keys().filter(|name| **name != service && !uses.contains(name));
        let absent: Vec<&str> = absent.copied().collect();
        let mut near = BTreeMap::new();
        for (found, span) in uses.others.iter().filter(|(found, _)| !uses.binds(found)) {
            if let Some(field) = message::nearest(found, &absent).and_then(|name| self.fields.get(name)) {
                near.entry(*field).or_insert(*span);
            }
        }
        near.into_iter().collect()
    }

    /// Resolves one name of a start: adds the edge if it is a service, and reports a name that cannot be meant. Returns the
    /// field if the name is one.
    fn add_use(
        &mut self,
        from: usize,
        service: &str,
        named: &Use,
        uses: &Uses,
        errors: &mut Errors,
    ) -> Option<NamedField> {
        let binds_same_name = uses.binds(&named.name);
        let (certainty, surest) = named.surest;
        // Anything else can be a function, or a word of a macro. If it is neither, rustc reports that the name is missing.
        let is_refused = !binds_same_name && certainty == Certainty::Value;
        if named.name == service {
            // The field is not in scope, so a local of this name is the only thing that the expression can mean.
            if is_refused && !self.repeated.contains(service) {
                errors.push_at(surest, message::start_names_itself(service));
            }
            return None;
        }
        let Some(&field) = self.fields.get(named.name.as_str()) else {
            // A `cfg` may remove this use too.
            if is_refused && !uses.conditional {
                errors.push_at(surest, message::start_names_removed(service, &named.name));
            }
            return None;
        };
        if let Some(&to) = self.services.get(named.name.as_str()) {
            let doubt = if binds_same_name { Some(Doubt::Local) } else { doubt(certainty, from < to) };
            self.add_edge(from, to, Origin { span: surest, kind: EdgeKind::Use, doubt });
        }
        Some(NamedField { field, span: named.span, inside: named.inside })
    }

    /// Resolves the names in each `after(..)`, and adds their edges.
    pub(super) fn add_after(&mut self, errors: &mut Errors) {
        for (from, (field, declared)) in self.group.services().enumerate() {
            for (to, span) in self.resolve_all("after", &field.name, &declared.after, errors) {
                self.add_edge(from, to, Origin { span, kind: EdgeKind::After, doubt: None });
            }
        }
    }

    /// Resolves the names in each `start_after(..)`, and adds their edges.
    pub(super) fn add_start_after(&mut self, errors: &mut Errors) {
        for (from, (field, declared)) in self.group.services().enumerate() {
            for (to, span) in self.resolve_all("start_after", &field.name, &declared.start_after, errors) {
                if self.given.contains(&to) {
                    errors.push_at(span, message::given_in_start_after(self.name(to)));
                } else {
                    self.start_after.insert((from, to), span);
                }
            }
        }
    }

    /// Resolves the names in `after(..)` or `start_after(..)` of a service.
    fn resolve_all(
        &self,
        key: &str,
        service: &str,
        names: &[Ident],
        errors: &mut Errors,
    ) -> Vec<(usize, Span)> {
        let (mut seen, mut resolved) = (Vec::new(), Vec::new());
        for ident in names {
            let name = ident.unraw().to_string();
            if name == service {
                errors.push(ident, message::after_itself(&name, key));
            } else if seen.contains(&name) {
                errors.push(ident, message::repeated_name(key, &name));
            } else if let Referred::Service(to) = self.resolve(key, ident, errors) {
                resolved.push((to, ident.span()));
            }
            seen.push(name);
        }
        resolved
    }
}

/// Why a use may be something else. Nearly all services are declared after those that they use: only a name that is
/// declared later is more likely a function.
fn doubt(certainty: Certainty, is_declared_later: bool) -> Option<Doubt> {
    match certainty {
        Certainty::Value => None,
        Certainty::BareTask => is_declared_later.then_some(Doubt::BareTask),
        Certainty::Bare => is_declared_later.then_some(Doubt::Bare),
        Certainty::Token => Some(Doubt::Token),
        Certainty::Text => Some(Doubt::Text),
    }
}
