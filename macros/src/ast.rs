//! The annotated struct as a group: its fields as inputs, services and the handle. The user's own syntax is kept, for
//! spans and to be pasted into the generated code.
//!
//! Mistakes in the attributes, and in the parts of the struct without which no code is possible, are reported here.
//! `check` reports all others.

use std::collections::BTreeSet;

use proc_macro2::Span;
use quote::format_ident;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{
    Attribute, Data, DeriveInput, Fields, GenericParam, Generics, Ident, Lifetime, Meta, Type, TypeParam,
    TypeParamBound, Visibility, WherePredicate,
};

use crate::errors::Errors;
use crate::message;

mod group_options;
mod lint_levels;
mod misspelt;
mod refused_type;
mod service;

pub(crate) use group_options::GroupOptions;
pub(crate) use lint_levels::LintLevels;
pub(crate) use refused_type::Refused;
pub(crate) use service::{Service, ValueExpression};

/// The whole struct, as a group.
pub(crate) struct Group<'a> {
    pub(crate) input: &'a DeriveInput,
    /// The generics of the struct, with `'static` added to each type parameter.
    pub(crate) generics: Generics,
    pub(crate) options: GroupOptions,
    pub(crate) fields: Vec<Field<'a>>,
    /// The names of fields that a `cfg` removed.
    pub(crate) removed: BTreeSet<String>,
    /// Whether code can be generated from the fields: not from a tuple struct, nor from what rustc refuses as a whole.
    pub(crate) has_sound_fields: bool,
    /// The lint levels on the struct.
    pub(crate) lints: LintLevels,
}

/// One field of the struct.
pub(crate) struct Field<'a> {
    pub(crate) ident: Ident,
    /// The name without `r#`.
    pub(crate) name: String,
    pub(crate) vis: &'a Visibility,
    pub(crate) ty: &'a Type,
    pub(crate) role: Role,
    /// Whether it is an input whose type is written as `Take<..>`.
    pub(crate) is_take: bool,
    /// Why rustc refuses the type at the struct, as far as its tokens show that.
    pub(crate) refused: Option<Refused>,
    /// The lint levels on the field.
    pub(crate) lints: LintLevels,
}

/// The role of a field in the group.
pub(crate) enum Role {
    /// No attribute: a parameter of `run`, `start` and `runner`.
    Input,
    /// `#[group]`: a handle of the group for its own services.
    Handle,
    /// `#[service(..)]`. One that is given is a parameter too.
    Service(Box<Service>),
}

impl<'a> Group<'a> {
    pub(crate) fn read(input: &'a DeriveInput, errors: &mut Errors) -> Self {
        let (options, mut removed) = GroupOptions::read(&input.attrs, errors);
        for attribute in &input.attrs {
            if let Some(name) = ["service", "group"].into_iter().find(|name| attribute.path().is_ident(name))
            {
                errors.push(attribute, message::field_attribute_on_struct(name));
            }
        }
        let before = errors.count();
        check_generics(&input.generics, errors);
        let named = named_fields(input, errors);
        // A mistake in the generics, or in the form of the item.
        let can_be_a_group = errors.count() == before;
        let fields: Vec<_> = named.map_or_else(Vec::new, |fields| {
            let read = |(index, field)| Field::read(index, field, &input.ident, errors);
            fields.iter().enumerate().map(read).collect()
        });
        for field in &fields {
            removed.remove(&field.name);
        }
        let generics = with_static(&input.generics);
        let lints = LintLevels::of_struct(&input.attrs);
        let distinct: BTreeSet<&str> = fields.iter().map(|field| field.name.as_str()).collect();
        let has_sound_fields = can_be_a_group && distinct.len() == fields.len();
        Self { input, generics, options, fields, removed, has_sound_fields, lints }
    }

    /// The services with their fields, in the order of the fields. The index of a service is its position in here.
    pub(crate) fn services(&self) -> impl Iterator<Item = (&Field<'a>, &Service)> {
        self.fields.iter().filter_map(|field| match &field.role {
            Role::Service(service) => Some((field, &**service)),
            Role::Input | Role::Handle => None,
        })
    }

    /// Returns whether the struct can be `'static`: it has no lifetime and no type parameter without bounds.
    pub(crate) fn is_static(&self) -> bool {
        let generics = &self.input.generics;
        generics.lifetimes().next().is_none()
            && !generics.type_params().any(|each| is_unbounded(each, generics))
    }

    /// Returns whether the type of the group has parameters.
    pub(crate) fn is_generic(&self) -> bool {
        !self.input.generics.params.is_empty()
    }

    /// The inputs and the services that are given: the parameters of `run`, `start` and `runner`.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = &Field<'a>> {
        self.fields.iter().filter(|field| match &field.role {
            Role::Input => true,
            Role::Handle => false,
            Role::Service(service) => service.is_given,
        })
    }

    /// Returns whether rustc refuses a field's type at the struct: code that mentions the type would repeat that error.
    pub(crate) fn has_refused_type(&self) -> bool {
        self.fields.iter().any(|field| field.refused.is_some())
    }

    /// Returns whether the struct has no known size: rustc refuses such a type in all fields but the last one.
    pub(crate) fn is_unsized(&self) -> bool {
        self.fields.last().is_some_and(|field| field.refused == Some(Refused::Unsized))
    }
}

/// Services are `'static`: a lifetime cannot be, and neither can a type parameter without any bound.
fn check_generics(generics: &Generics, errors: &mut Errors) {
    for lifetime in generics.lifetimes() {
        errors.push(&lifetime.lifetime, message::lifetime(&lifetime.lifetime));
    }
    for parameter in generics.type_params() {
        if is_unbounded(parameter, generics) {
            errors.push(&parameter.ident, message::unbounded(&parameter.ident));
        }
    }
}

/// Adds `'static` to each type parameter, beside its other bounds. A user who leaves it out gets a group for `'static`
/// types, in place of an error for each generated item.
fn with_static(generics: &Generics) -> Generics {
    let mut generics = generics.clone();
    let bound = TypeParamBound::Lifetime(Lifetime::new("'static", Span::mixed_site()));
    let Generics { params, where_clause, .. } = &mut generics;
    for parameter in params.iter_mut() {
        let GenericParam::Type(parameter) = parameter else { continue };
        let existing =
            where_clause.iter_mut().flat_map(|clause| &mut clause.predicates).find_map(|each| match each {
                WherePredicate::Type(each) if is_named(&each.bounded_ty, &parameter.ident) => {
                    Some(&mut each.bounds)
                }
                _ => None,
            });
        let bounds = existing.unwrap_or(&mut parameter.bounds);
        if !bounds.iter().any(|bound| matches!(bound, TypeParamBound::Lifetime(_))) {
            bounds.push(bound.clone());
        }
    }
    generics
}

fn is_named(ty: &Type, name: &Ident) -> bool {
    matches!(ty, Type::Path(path) if path.qself.is_none() && path.path.is_ident(name))
}

fn is_unbounded(parameter: &TypeParam, generics: &Generics) -> bool {
    parameter.bounds.is_empty() && generics.where_clause.is_none()
}

/// The fields, if the item has any. An item that is not a struct with named fields is reported.
fn named_fields<'a>(input: &'a DeriveInput, errors: &mut Errors) -> Option<&'a Fields> {
    let (found, fields) = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(_) => return Some(&data.fields),
            Fields::Unnamed(_) => ("a tuple struct", Some(&data.fields)),
            Fields::Unit => ("a unit struct", None),
        },
        Data::Enum(_) => ("an enum", None),
        Data::Union(_) => ("a union", None),
    };
    errors.push(&input.ident, message::not_a_struct(found));
    fields
}

impl<'a> Field<'a> {
    fn read(index: usize, field: &'a syn::Field, group: &Ident, errors: &mut Errors) -> Self {
        if let Some((_, default)) = &field.default {
            errors.push(default, message::default_value());
        }
        if let Err(error) = field.modifiers.require_empty() {
            errors.add(error);
        }
        let ident =
            field.ident.clone().unwrap_or_else(|| format_ident!("field_{index}", span = field.ty.span()));
        let role = Role::read(&ident.to_string(), field, errors);
        let refused = refused(&field.ty, &role, group, errors);
        let is_take = matches!(role, Role::Input) && is_take(&field.ty);
        let name = ident.unraw().to_string();
        let lints = LintLevels::of_field(&field.attrs, &name);
        Self { name, ident, vis: &field.vis, ty: &field.ty, role, is_take, refused, lints }
    }
}

/// Returns why the type of a field is refused. What rustc does not report well is reported here.
fn refused(ty: &Type, role: &Role, group: &Ident, errors: &mut Errors) -> Option<Refused> {
    if let (Role::Service(service), Some(found)) = (role, refused_type::dyn_service(ty))
        && !service.has_stop()
    {
        errors.push(found, message::dyn_service());
        return Some(Refused::Invalid);
    }
    let refused = refused_type::find(ty, group);
    if let (None, Some(found)) = (refused, refused_type::group_in_itself(ty, group)) {
        errors.push(found, message::group_in_itself(group));
        return Some(Refused::Invalid);
    }
    refused
}

/// Returns whether a type is written as `Take<..>`, by whatever path.
///
/// Only the tokens are known here. Neither mistake does harm: another type of this name converts into itself, and for an
/// alias of `Take` the caller writes `value.into()`. A conversion for each input would do harm: it takes from the argument
/// the type that rustc infers, of `App::run(8080)` or `App::run(text.parse()?)` for example.
fn is_take(ty: &Type) -> bool {
    refused_type::last_segment(ty, "Take").is_some_and(|last| !last.arguments.is_none())
}

impl Role {
    fn read(name: &str, field: &syn::Field, errors: &mut Errors) -> Self {
        let service = single_attribute(&field.attrs, "service", errors);
        let group = single_attribute(&field.attrs, "group", errors);
        match (service, group) {
            (Some(service), group) => {
                if let Some(group) = group {
                    errors.push(group, message::service_and_group());
                }
                Self::Service(Box::new(Service::read(name, service, errors)))
            }
            (None, Some(group)) => {
                if !matches!(group.meta, Meta::Path(_)) {
                    errors.push(group, message::group_arguments());
                }
                Self::Handle
            }
            (None, None) => {
                if let Some(service) = misspelt::service_attribute(field) {
                    Self::Service(Box::new(Service::read(name, service, errors)))
                } else if misspelt::is_handle(field) {
                    Self::Handle
                } else {
                    Self::Input
                }
            }
        }
    }
}

/// Returns the first attribute of that name. Any further one is reported.
fn single_attribute<'a>(
    attributes: &'a [Attribute],
    name: &str,
    errors: &mut Errors,
) -> Option<&'a Attribute> {
    let mut all = attributes.iter().filter(|attribute| attribute.path().is_ident(name));
    let first = all.next();
    for other in all {
        errors.push(other, message::repeated_attribute(name));
    }
    first
}
