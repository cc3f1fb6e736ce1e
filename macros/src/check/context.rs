//! What all checks share: the names of the group, the graph as far as it is known, and the origin of each edge.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Span;
use syn::Ident;
use syn::ext::IdentExt;

use crate::ast::{Group, Role};
use crate::errors::Errors;
use crate::graph::{EdgeKind, Graph, Position};
use crate::message;
use crate::uses::Inside;

/// The group while it is checked.
pub(super) struct Context<'a> {
    pub(super) group: &'a Group<'a>,
    /// All names of fields, those of removed fields too.
    pub(super) names: BTreeSet<String>,
    /// The names that more than one field has, which rustc reports.
    pub(super) repeated: BTreeSet<&'a str>,
    /// The index in the struct of each field.
    pub(super) fields: BTreeMap<&'a str, usize>,
    /// The index among the services of each service.
    pub(super) services: BTreeMap<&'a str, usize>,
    /// The names of the services, by index.
    pub(super) service_names: Vec<&'a str>,
    pub(super) positions: Vec<Option<Position>>,
    /// The services that are given: they start after nothing, so that their edges order the stop alone.
    pub(super) given: BTreeSet<usize>,
    pub(super) graph: Graph,
    /// The edges of `start_after`, which order the start alone.
    pub(super) start_after: BTreeMap<(usize, usize), Span>,
    /// The origin of each edge that the user wrote.
    pub(super) origins: BTreeMap<(usize, usize), Origin>,
}

/// A field that a start names.
pub(crate) struct NamedField {
    /// Its index in the struct.
    pub(crate) field: usize,
    /// The first use.
    pub(crate) span: Span,
    /// The closure or `async` block around a use.
    pub(crate) inside: Inside,
}

/// Where and how the user wrote an edge.
pub(super) struct Origin {
    pub(super) span: Span,
    pub(super) kind: EdgeKind,
    /// Why the name may mean something else than the service.
    pub(super) doubt: Option<Doubt>,
}

/// Why a name that counts as a use may mean something else. An error that involves such a use is reported at the name, and
/// contains the doubt.
///
/// All but `Local` are those of [`Certainty`](crate::uses::Certainty), from which `doubt` in `dependencies.rs` derives them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    /// The start expression binds a local of that name.
    Local,
    /// It is a value on its own, which can be a function.
    Bare,
    /// It is the argument of a function that calls it with a stop token.
    BareTask,
    /// It is a word in a macro whose syntax is not known.
    Token,
    /// It is a placeholder in a text of such a macro.
    Text,
}

/// What a name in `after` or `stop_order` refers to.
pub(super) enum Referred {
    Service(usize),
    /// A field that a `cfg` removed.
    Removed,
    /// Not a service, which was reported.
    Invalid,
}

impl<'a> Context<'a> {
    pub(super) fn new(group: &'a Group<'a>) -> Self {
        let service_names: Vec<&str> = group.services().map(|(field, _)| field.name.as_str()).collect();
        let fields = group.fields.iter().enumerate().map(|(index, field)| (field.name.as_str(), index));
        let names = group.fields.iter().map(|field| &field.name).chain(&group.removed);
        let mut seen = BTreeSet::new();
        let repeated =
            group.fields.iter().map(|field| field.name.as_str()).filter(|name| !seen.insert(*name));
        Self {
            group,
            names: names.cloned().collect(),
            repeated: repeated.collect(),
            fields: fields.collect(),
            services: service_names.iter().enumerate().map(|(index, name)| (*name, index)).collect(),
            given: group
                .services()
                .enumerate()
                .filter(|(_, (_, service))| service.is_given)
                .map(|(index, _)| index)
                .collect(),
            positions: group.services().map(|(_, service)| service.position).collect(),
            graph: Graph::new(service_names.len()),
            service_names,
            start_after: BTreeMap::new(),
            origins: BTreeMap::new(),
        }
    }

    /// The name of a service.
    pub(super) fn name(&self, service: usize) -> &'a str {
        self.service_names.get(service).copied().unwrap_or_default()
    }

    /// Adds an edge. The first origin is kept, since errors point at it.
    pub(super) fn add_edge(&mut self, from: usize, to: usize, origin: Origin) {
        self.graph.add(from, to, origin.kind);
        self.origins.entry((from, to)).or_insert(origin);
    }

    /// Resolves a name in `after` or `stop_order`. A name that is not a service is reported.
    pub(super) fn resolve(&self, key: &str, ident: &Ident, errors: &mut Errors) -> Referred {
        let name = ident.unraw().to_string();
        if let Some(service) = self.services.get(name.as_str()) {
            return Referred::Service(*service);
        }
        if self.group.removed.contains(&name) {
            return Referred::Removed;
        }
        let field = self.fields.get(name.as_str()).and_then(|index| self.group.fields.get(*index));
        errors.push(
            ident,
            match field.map(|field| &field.role) {
                Some(Role::Handle) => message::handle_in_order(key, &name),
                Some(_) => message::input_in_order(key, &name),
                None => message::unknown_service(&name, &self.service_names),
            },
        );
        Referred::Invalid
    }
}
