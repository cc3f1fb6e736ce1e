//! The constructor of a run: the cells of a group with the functions over them, by index of the service.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident};
use syn::Ident;

use super::cells::expand_cell_ref;
use super::expander::Expander;
use super::hygiene::{hygienic, item_name, quote_mixed};
use crate::ast::{Field, Role, Service};

impl Expander<'_> {
    /// Writes
    ///
    /// ```text
    /// let listener = Into::into(listener);          // for an input of the type `Take<..>`
    /// Runner::new(move |handle| Cells { .. }, const { &GroupVTable { .. } })
    /// ```
    pub(super) fn expand_runner(&self) -> TokenStream {
        let p = &self.library;
        let has_handle = self.group.fields.iter().any(|field| matches!(field.role, Role::Handle));
        let name = Ident::new("__handle", Span::mixed_site());
        let pattern = if has_handle { name.to_token_stream() } else { quote_mixed!(_) };
        let (cells, vtable) = (self.expand_new_cells(&name), self.expand_group_vtable());
        let taken = self.group.parameters().filter(|field| field.is_take).map(|field| &field.ident);
        quote_mixed! {
            #(#[allow(clippy::shadow_reuse)] let #taken = #p::Into::into(#taken);)*
            #p::Runner::new(
                move |#pattern| #cells,
                #vtable
            )
        }
    }

    /// Writes
    ///
    /// ```text
    /// const {
    ///     &GroupVTable::<Cells, Self> {
    ///         table: &[ServiceVTable { .. }, ..],
    ///         inputs: &["config"],
    ///         cell: |cells, index| match index { 0 => &cells.rpc, 1 => &cells.config, _ => no_cell() },
    ///         assemble: ..,
    ///         disassemble: ..,
    ///     }
    /// }
    /// ```
    fn expand_group_vtable(&self) -> TokenStream {
        let (p, cells) = (&self.library, &self.cells);
        let (_, ty_generics, _) = self.group.generics.split_for_impl();
        let fields = &self.group.fields;
        let types = fields.iter().map(|field| self.expand_cell_type(field));
        let table = self.group.services().map(|(field, service)| self.expand_service_vtable(field, service));
        let cell = |field| expand_cell_ref(field, quote_mixed!(__cells));
        let (services, inputs): (Vec<_>, Vec<_>) =
            fields.iter().partition(|field| matches!(field.role, Role::Service(_)));
        let by_index = services.iter().chain(&inputs).enumerate().map(|(index, field)| {
            let cell = cell(field);
            quote_mixed!(#index => #cell)
        });
        let inputs = inputs.iter().map(|field| &field.name);
        let all: Vec<_> = fields.iter().map(cell).collect();
        let names: Vec<_> = fields.iter().map(|field| hygienic(&field.ident)).collect();
        let values: Vec<_> = (0..names.len())
            .map(|index| format_ident!("__value{index}", span = Span::mixed_site()))
            .collect();
        // `CellsOf` is nothing where one of the cells does not exist, so that rustc does not report that once more here.
        quote_mixed! {
            const {
                &#p::GroupVTable::<<#cells #ty_generics as #p::CellsOf<(#(#types,)*)>>::Cells, Self> {
                    table: &[#(#table),*],
                    inputs: &[#(#inputs),*],
                    cell: |__cells, __index| match __index { #(#by_index,)* _ => #p::no_cell() },
                    assemble: |__cells| Self { #(#names: #p::take(#all)),* },
                    disassemble: |__group, __cells| {
                        let Self { #(#names: #values),* } = __group;
                        #(#p::ValueCell::put(#all, #values);)*
                    },
                }
            }
        }
    }

    /// Writes
    ///
    /// ```text
    /// ServiceVTable {
    ///     start: Self::__launch_rpc,
    ///     joined: Self::__SERVICE_rpc.joined,
    ///     stop: Self::__SERVICE_rpc.stop,
    /// }
    /// ```
    ///
    /// The start of a service that is given is `given`.
    fn expand_service_vtable(&self, field: &Field, service: &Service) -> TokenStream {
        let p = &self.library;
        let definition = item_name("SERVICE", field);
        let launch = item_name("launch", field);
        let start = if service.is_given { quote_mixed!(#p::given) } else { quote_mixed!(Self::#launch) };
        quote_mixed! {
            #p::ServiceVTable {
                start: #start,
                joined: Self::#definition.joined,
                stop: Self::#definition.stop,
            }
        }
    }
}
