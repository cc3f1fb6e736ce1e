//! The fields as a whole: the last one has a size, at most one is the handle, and one is a service.

use quote::ToTokens;
use syn::{Data, Fields};

use super::context::Context;
use crate::ast::Role;
use crate::errors::Errors;
use crate::message;

impl Context<'_> {
    pub(super) fn check_structure(&self, errors: &mut Errors) {
        self.check_unsized_end(errors);
        self.check_handles(errors);
        self.check_some_service(errors);
    }

    fn check_unsized_end(&self, errors: &mut Errors) {
        if let Some(field) = self.group.fields.last().filter(|_| self.group.is_unsized()) {
            errors.push(field.ty, message::no_size(&field.name, &field.ty.to_token_stream().to_string()));
        }
    }

    fn check_handles(&self, errors: &mut Errors) {
        let handles = self.group.fields.iter().filter(|field| matches!(field.role, Role::Handle));
        for field in handles.skip(1) {
            errors.push(&field.ident, message::second_handle());
        }
    }

    /// A struct may lose all its services to `cfg`s; it is still a group then.
    fn check_some_service(&self, errors: &mut Errors) {
        let named =
            matches!(&self.group.input.data, Data::Struct(data) if matches!(data.fields, Fields::Named(_)));
        if named && self.group.removed.is_empty() && self.group.services().next().is_none() {
            errors.push(&self.group.input.ident, message::no_service(&self.group.input.ident));
        }
    }
}
