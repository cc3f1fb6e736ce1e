//! Types that rustc refuses in a field of any struct, as far as their tokens show it.

use syn::visit::{self, Visit};
use syn::{
    Expr, GenericArgument, Ident, ParenthesizedGenericArguments, Path, PathArguments, PathSegment, Type,
    TypeFnPtr, TypeImplTrait, TypeInfer, TypeParamBound, TypePath, TypeReference, TypeTraitObject,
};

/// Why rustc refuses the type of a field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Its size is not known. rustc accepts that in the last field.
    Unsized,
    /// It is not a type that can be written there.
    Invalid,
}

/// Finds the reason, if there is one, for a field of a group.
pub(crate) fn find(ty: &Type, group: &Ident) -> Option<Refused> {
    let mut invalid = Invalid(false);
    invalid.visit_type(ty);
    let is_unsized = match ty {
        Type::Slice(_) | Type::TraitObject(_) => true,
        Type::Path(path) => path.qself.is_none() && path.path.is_ident("str"),
        _ => false,
    };
    // Without indirection, rustc reports that the struct has infinite size.
    let running = argument_of(ty, "Option").unwrap_or(ty);
    invalid.0 |= argument_of(running, "Running").is_some_and(|of| is_path_to(of, group));
    if invalid.0 { Some(Refused::Invalid) } else { is_unsized.then_some(Refused::Unsized) }
}

/// Finds `dyn Service`, which has no vtable.
///
/// The trait may be the user's own, which implements the library's for its own `dyn`: the message names the way out.
pub(crate) fn dyn_service(ty: &Type) -> Option<&TypeTraitObject> {
    let mut found = DynService(None);
    found.visit_type(ty);
    found.0
}

/// Finds a `Running` of the group itself, behind an indirection.
pub(crate) fn group_in_itself<'a>(ty: &'a Type, group: &'a Ident) -> Option<&'a Type> {
    let mut found = InItself { group, found: None };
    found.visit_type(ty);
    found.found
}

/// Returns the last segment of a type of that name, by whatever path.
pub(crate) fn last_segment<'a>(ty: &'a Type, name: &str) -> Option<&'a PathSegment> {
    let Type::Path(TypePath { qself: None, path, .. }) = ty else { return None };
    path.segments.last().filter(|last| last.ident == name)
}

/// Returns the one argument of a generic type of that name, by whatever path.
fn argument_of<'a>(ty: &'a Type, name: &str) -> Option<&'a Type> {
    let last = last_segment(ty, name)?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first() {
        Some(GenericArgument::Type(argument)) if arguments.args.len() == 1 => Some(argument),
        _ => None,
    }
}

/// Returns whether a type is written as `App`, `self::App` or `Self`.
fn is_path_to(ty: &Type, name: &Ident) -> bool {
    let Type::Path(TypePath { qself: None, path, .. }) = ty else { return false };
    let mut segments = path.segments.iter().skip_while(|first| first.ident == "self");
    segments.next().is_some_and(|first| first.ident == *name || first.ident == "Self")
        && segments.next().is_none()
}

/// Returns whether a path is that of the library's trait, as users write it. The trait of tower has arguments.
fn is_service(path: &Path) -> bool {
    let mut segments = path.segments.iter().rev();
    let is = |segment: Option<&PathSegment>, name| segment.is_some_and(|segment| segment.ident == name);
    let last = segments.next();
    let is_last = is(last, "Service") && last.is_some_and(|last| last.arguments.is_none());
    let before = segments.next();
    is_last && (before.is_none() || is(before, "service_group") && segments.next().is_none())
}

struct DynService<'ast>(Option<&'ast TypeTraitObject>);

impl<'ast> Visit<'ast> for DynService<'ast> {
    fn visit_type_trait_object(&mut self, object: &'ast TypeTraitObject) {
        let mut bounds = object.bounds.iter();
        if bounds.any(|bound| matches!(bound, TypeParamBound::Trait(bound) if is_service(&bound.path))) {
            self.0 = Some(object);
        }
        visit::visit_type_trait_object(self, object);
    }
}

struct InItself<'a> {
    group: &'a Ident,
    found: Option<&'a Type>,
}

impl<'ast> Visit<'ast> for InItself<'ast> {
    fn visit_type(&mut self, ty: &'ast Type) {
        if argument_of(ty, "Running").is_some_and(|of| is_path_to(of, self.group)) {
            self.found = Some(ty);
        }
        visit::visit_type(self, ty);
    }
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
