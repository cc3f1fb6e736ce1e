//! What the names in the group refer to, and whether the order that follows from them exists.

mod order;
mod start;
mod stop;

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Span;
use syn::Ident;
use syn::ext::IdentExt;

use crate::ast::{Group, Kind};
use crate::errors::Errors;
use crate::graph::{EdgeKind, Graph, Place};
use crate::message;
use crate::plan::Plan;

/// All that the code of a sound group is made of besides the group itself.
pub(crate) struct Checked {
    pub(crate) plan: Plan,
    /// For each service, the fields that its start names, by their place in the struct.
    pub(crate) named: Vec<Vec<(usize, Span)>>,
}

impl Checked {
    pub(crate) fn of(group: &Group, errors: &mut Errors) -> Self {
        let mut cx = Context::new(group);
        let named = cx.read_starts(errors);
        cx.read_after(errors);
        cx.check_stops(errors);
        cx.check_cycles(errors);
        cx.check_places(errors);
        let stop_order = cx.check_stop_order(errors);
        Self { plan: Plan::of(cx.graph, &cx.places, &stop_order), named }
    }
}

/// The group while it is checked.
struct Context<'a> {
    group: &'a Group<'a>,
    /// All names, those of removed fields too.
    names: BTreeSet<String>,
    /// The places in the struct.
    fields: BTreeMap<&'a str, usize>,
    /// The services by name, and their names by index.
    services: BTreeMap<&'a str, usize>,
    service_names: Vec<&'a str>,
    places: Vec<Option<Place>>,
    graph: Graph,
    /// Where the user wrote the edge, and whether the start binds a thing of that name itself.
    written: BTreeMap<(usize, usize), Written>,
}

/// Where an edge was written.
struct Written {
    span: Span,
    why: EdgeKind,
    bound: bool,
}

/// What a name in `after` or `stop_order` refers to.
enum Referred {
    Service(usize),
    /// A `cfg` removed it.
    Removed,
    /// Reported.
    Nothing,
}

impl<'a> Context<'a> {
    fn new(group: &'a Group<'a>) -> Self {
        let service_names: Vec<&str> = group.services().map(|(field, _)| field.name.as_str()).collect();
        let fields = group.fields.iter().enumerate().map(|(index, field)| (field.name.as_str(), index));
        Self {
            group,
            names: group
                .removed
                .iter()
                .cloned()
                .chain(group.fields.iter().map(|field| field.name.clone()))
                .collect(),
            fields: fields.collect(),
            services: service_names.iter().enumerate().map(|(index, name)| (*name, index)).collect(),
            places: group.services().map(|(_, service)| service.place.map(|(place, _)| place)).collect(),
            graph: Graph::new(service_names.len()),
            service_names,
            written: BTreeMap::new(),
        }
    }

    fn name(&self, service: usize) -> &'a str {
        self.service_names.get(service).copied().unwrap_or_default()
    }

    fn add(&mut self, from: usize, to: usize, written: Written) {
        self.graph.add(from, to, written.why);
        self.written.entry((from, to)).or_insert(written);
    }

    /// Resolves a name in `after` or `stop_order`; what is no service is reported.
    fn refer(&self, key: &str, ident: &Ident, errors: &mut Errors) -> Referred {
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
            match field.map(|field| &field.kind) {
                Some(Kind::Handle) => message::handle_in_order(key, &name),
                Some(_) => message::input_in_order(key, &name),
                None => message::unknown_service(&name, &self.service_names),
            },
        );
        Referred::Nothing
    }
}
