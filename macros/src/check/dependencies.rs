//! The dependencies of each service: the fields that its start expression names, and the services in its `after`.

use proc_macro2::Span;
use syn::ext::IdentExt;

use super::context::{Context, Origin, Referred};
use crate::errors::Errors;
use crate::graph::EdgeKind;
use crate::message;
use crate::uses::{Named, Uses};

impl Context<'_> {
    /// Finds the fields that each start names, and adds their edges. Returns the fields, by index in the struct.
    pub(super) fn check_starts(&mut self, errors: &mut Errors) -> Vec<Vec<(usize, Span)>> {
        let (group, known) = (self.group, self.names.clone());
        let mut all = Vec::new();
        for (service, (field, declared)) in group.services().enumerate() {
            let uses = Uses::find(&declared.start, &known);
            let check = |named| self.check_use(service, &field.name, named, &uses, errors);
            all.push(uses.named.iter().filter_map(check).collect());
        }
        all
    }

    fn check_use(
        &mut self,
        from: usize,
        service: &str,
        named: &Named,
        uses: &Uses,
        errors: &mut Errors,
    ) -> Option<(usize, Span)> {
        let binds_same_name = uses.binds(&named.name);
        if named.name == service {
            // The field is not in scope, so a local of this name is the only thing that the expression can mean.
            if !binds_same_name {
                errors.push_at(named.span, message::start_names_itself(service));
            }
            return None;
        }
        let Some(&field) = self.fields.get(named.name.as_str()) else {
            // A local of this name may be meant, or a `cfg` may remove this use too. If neither is so, rustc reports
            // that the name is missing.
            if !binds_same_name && !uses.conditional {
                errors.push_at(named.span, message::start_names_removed(service, &named.name));
            }
            return None;
        };
        if let Some(&to) = self.services.get(named.name.as_str()) {
            self.add_edge(from, to, Origin { span: named.span, kind: EdgeKind::Use, binds_same_name });
        }
        Some((field, named.span))
    }

    /// Resolves the names in each `after(..)`, and adds their edges.
    pub(super) fn check_after(&mut self, errors: &mut Errors) {
        for (from, (field, declared)) in self.group.services().enumerate() {
            let mut seen = Vec::new();
            for ident in &declared.after {
                let name = ident.unraw().to_string();
                if name == field.name {
                    errors.push(ident, message::after_itself(&name));
                } else if seen.contains(&name) {
                    errors.push(ident, message::repeated_name("after", &name));
                } else if let Referred::Service(to) = self.resolve("after", ident, errors) {
                    let origin = Origin { span: ident.span(), kind: EdgeKind::After, binds_same_name: false };
                    self.add_edge(from, to, origin);
                }
                seen.push(name);
            }
        }
    }
}
