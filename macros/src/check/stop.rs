//! What the stops name: nothing but their own field.

use super::{Context, message};
use crate::errors::Errors;
use crate::uses::Uses;

impl Context<'_> {
    pub(super) fn check_stops(&self, errors: &mut Errors) {
        for (field, declared) in self.group.services() {
            let Some(stop) = &declared.stop else { continue };
            let uses = Uses::of(stop, &self.names);
            let others =
                uses.named.iter().filter(|named| named.name != field.name && !uses.binds(&named.name));
            for other in others {
                errors.push_at(other.span, message::stop_uses_other(&field.name, &other.name));
            }
        }
    }
}
