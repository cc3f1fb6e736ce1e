//! Types that rustc refuses in a field of any struct, as far as their tokens show it.

use syn::visit::{self, Visit};
use syn::{Expr, ParenthesizedGenericArguments, Type, TypeFnPtr, TypeImplTrait, TypeInfer, TypeReference};

/// Why rustc refuses the type of a field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Its size is not known. rustc accepts that in the last field.
    Unsized,
    /// It is not a type that can be written there.
    Invalid,
}

/// Finds the reason, if there is one.
pub(crate) fn find(ty: &Type) -> Option<Refused> {
    let mut invalid = Invalid(false);
    invalid.visit_type(ty);
    let is_unsized = match ty {
        Type::Slice(_) | Type::TraitObject(_) => true,
        Type::Path(path) => path.qself.is_none() && path.path.is_ident("str"),
        _ => false,
    };
    if invalid.0 { Some(Refused::Invalid) } else { is_unsized.then_some(Refused::Unsized) }
}

/// Whether a part of the type is `_`, `impl ..`, or a reference without a lifetime.
struct Invalid(bool);

impl<'ast> Visit<'ast> for Invalid {
    fn visit_type_infer(&mut self, _: &'ast TypeInfer) {
        self.0 = true;
    }

    fn visit_expr(&mut self, expr: &'ast Expr) {
        self.0 |= matches!(expr, Expr::Infer(_));
    }

    fn visit_type_impl_trait(&mut self, _: &'ast TypeImplTrait) {
        self.0 = true;
    }

    fn visit_type_reference(&mut self, reference: &'ast TypeReference) {
        self.0 |= reference.lifetime.is_none();
        visit::visit_type_reference(self, reference);
    }

    // A lifetime can be left out in the types of functions.
    fn visit_type_fn_ptr(&mut self, _: &'ast TypeFnPtr) {}

    fn visit_parenthesized_generic_arguments(&mut self, _: &'ast ParenthesizedGenericArguments) {}
}
