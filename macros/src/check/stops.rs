//! The names in each stop expression: only its own field is in scope there.

use super::context::Context;
use crate::errors::Errors;
use crate::message;
use crate::uses::Uses;

impl Context<'_> {
    /// Reports each other field that a stop expression names.
    pub(super) fn check_stops(&self, errors: &mut Errors) {
        for (field, declared) in self.group.services() {
            let Some(stop) = &declared.stop else { continue };
            let uses = Uses::find(stop, &self.names);
            let others =
                uses.named.iter().filter(|named| named.name != field.name && !uses.binds(&named.name));
            for other in others {
                errors.push_at(other.span, message::stop_names_other(&field.name, &other.name));
            }
        }
    }
}
