//! What the starts name.

use syn::ext::IdentExt;

use super::{Context, EdgeKind, Referred, Span, Written, message};
use crate::errors::Errors;
use crate::uses::{Named, Uses};

impl Context<'_> {
    /// Finds what each start names, and adds the edges.
    pub(super) fn read_starts(&mut self, errors: &mut Errors) -> Vec<Vec<(usize, Span)>> {
        let (group, known) = (self.group, self.names.clone());
        let mut all = Vec::new();
        for (service, (field, declared)) in group.services().enumerate() {
            let uses = Uses::of(&declared.start, &known);
            let read = |named| self.read_use(service, &field.name, named, &uses, errors);
            all.push(uses.named.iter().filter_map(read).collect());
        }
        all
    }

    fn read_use(
        &mut self,
        from: usize,
        own: &str,
        named: &Named,
        uses: &Uses,
        errors: &mut Errors,
    ) -> Option<(usize, Span)> {
        let bound = uses.binds(&named.name);
        if named.name == own {
            // The field is not in scope: what the expression binds itself is another thing, and all is well.
            if !bound {
                errors.push_at(named.span, message::uses_itself(own));
            }
            return None;
        }
        let Some(&field) = self.fields.get(named.name.as_str()) else {
            // Where it may be another thing, or out of the way by a `cfg` too, rustc tells what is missing.
            if !bound && !uses.conditional {
                errors.push_at(named.span, message::uses_removed(own, &named.name));
            }
            return None;
        };
        if let Some(&to) = self.services.get(named.name.as_str()) {
            self.add(from, to, Written { span: named.span, why: EdgeKind::Use, bound });
        }
        Some((field, named.span))
    }

    /// Reads all `after(..)`.
    pub(super) fn read_after(&mut self, errors: &mut Errors) {
        for (from, (field, declared)) in self.group.services().enumerate() {
            let mut seen = Vec::new();
            for ident in &declared.after {
                let name = ident.unraw().to_string();
                if name == field.name {
                    errors.push(ident, message::after_itself(&name));
                } else if seen.contains(&name) {
                    errors.push(ident, message::repeated_name("after", &name));
                } else if let Referred::Service(to) = self.refer("after", ident, errors) {
                    self.add(from, to, Written { span: ident.span(), why: EdgeKind::After, bound: false });
                }
                seen.push(name);
            }
        }
    }
}
