//! The names in each stop, check and reload expression: only its own field is in scope there.

use std::collections::BTreeSet;

use super::context::Context;
use crate::errors::Errors;
use crate::message;
use crate::uses::{self, Certainty};

impl Context<'_> {
    /// Reports each other field that such an expression names. Returns the services of which one was reported.
    pub(super) fn check_value_expressions(&self, errors: &mut Errors) -> BTreeSet<usize> {
        let mut wrong = BTreeSet::new();
        for (service, (field, declared)) in self.group.services().enumerate() {
            let before = errors.count();
            for expression in &declared.value_expressions {
                let (key, uses) = (expression.key.name(), uses::find(&expression.expr, &self.names));
                for other in
                    uses.named.iter().filter(|named| named.name != field.name && !uses.binds(&named.name))
                {
                    let (certainty, span) = other.surest;
                    let (field, name) = (&field.name, &other.name);
                    match certainty {
                        Certainty::Value => errors.push_at(span, message::names_other(field, key, name)),
                        // It can be a function, but the mistake is far more frequent.
                        Certainty::Bare | Certainty::BareTask => {
                            errors.push_at(span, message::passes_other(field, key, name));
                        }
                        // If it is not a word of the macro, rustc reports that the name is missing.
                        Certainty::Token | Certainty::Text => {}
                    }
                }
            }
            if errors.count() > before {
                wrong.insert(service);
            }
        }
        wrong
    }
}
