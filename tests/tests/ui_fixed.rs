//! The cases of `ui/fixed` compile: each is the case of the same name in `ui/fail` without its mistake.
//!
//! They are modules of this one crate. trybuild would link and run a program for each, which took two minutes.

#![allow(warnings, reason = "the cases are as short as they can be")]

use std::collections::BTreeSet;
use std::path::Path;

/// Lists the cases, and declares each as a module.
macro_rules! cases {
    ($($path:literal $module:ident;)*) => {
        $(
            #[path = $path]
            mod $module;
        )*
        const CASES: &[&str] = &[$($path),*];
    };
}

cases! {
    "../ui/fixed/attribute/crate_that_is_no_dependency.rs" attribute_crate_that_is_no_dependency;
    "../ui/fixed/attribute/empty_duration.rs" attribute_empty_duration;
    "../ui/fixed/attribute/group_on_the_struct.rs" attribute_group_on_the_struct;
    "../ui/fixed/attribute/hyphen.rs" attribute_hyphen;
    "../ui/fixed/attribute/key_alone.rs" attribute_key_alone;
    "../ui/fixed/attribute/lifetime.rs" attribute_lifetime;
    "../ui/fixed/attribute/list_for_a_value.rs" attribute_list_for_a_value;
    "../ui/fixed/attribute/literal.rs" attribute_literal;
    "../ui/fixed/attribute/no_comma_between_fields.rs" attribute_no_comma_between_fields;
    "../ui/fixed/attribute/no_duration.rs" attribute_no_duration;
    "../ui/fixed/attribute/no_service.rs" attribute_no_service;
    "../ui/fixed/attribute/not_a_list.rs" attribute_not_a_list;
    "../ui/fixed/attribute/not_a_name.rs" attribute_not_a_name;
    "../ui/fixed/attribute/not_a_path.rs" attribute_not_a_path;
    "../ui/fixed/attribute/nothing_after_a_key.rs" attribute_nothing_after_a_key;
    "../ui/fixed/attribute/number.rs" attribute_number;
    "../ui/fixed/attribute/repeated_key.rs" attribute_repeated_key;
    "../ui/fixed/attribute/repeated_stop_order.rs" attribute_repeated_stop_order;
    "../ui/fixed/attribute/syntax.rs" attribute_syntax;
    "../ui/fixed/attribute/too_long.rs" attribute_too_long;
    "../ui/fixed/attribute/tuple_struct.rs" attribute_tuple_struct;
    "../ui/fixed/attribute/twice.rs" attribute_twice;
    "../ui/fixed/attribute/unknown_key.rs" attribute_unknown_key;
    "../ui/fixed/attribute/unknown_unit.rs" attribute_unknown_unit;
    "../ui/fixed/attribute/unquoted.rs" attribute_unquoted;
    "../ui/fixed/attribute/word_of_another_system.rs" attribute_word_of_another_system;
    "../ui/fixed/attribute/zero.rs" attribute_zero;
    "../ui/fixed/budget/cap_below_a_nested_group.rs" budget_cap_below_a_nested_group;
    "../ui/fixed/budget/overrun_of_the_lame_duck.rs" budget_overrun_of_the_lame_duck;
    "../ui/fixed/budget/overrun_of_type_defaults.rs" budget_overrun_of_type_defaults;
    "../ui/fixed/names/after_its_own.rs" names_after_its_own;
    "../ui/fixed/names/assigns_to_an_input.rs" names_assigns_to_an_input;
    "../ui/fixed/names/changes_an_input.rs" names_changes_an_input;
    "../ui/fixed/names/check_names_a_service.rs" names_check_names_a_service;
    "../ui/fixed/names/given_in_start_after.rs" names_given_in_start_after;
    "../ui/fixed/names/group_in_after.rs" names_group_in_after;
    "../ui/fixed/names/input_in_after.rs" names_input_in_after;
    "../ui/fixed/names/local_of_a_function.rs" names_local_of_a_function;
    "../ui/fixed/names/misspelt_in_a_start.rs" names_misspelt_in_a_start;
    "../ui/fixed/names/repeated_in_after.rs" names_repeated_in_after;
    "../ui/fixed/names/repeated_in_stop_order.rs" names_repeated_in_stop_order;
    "../ui/fixed/names/stop_names_a_service.rs" names_stop_names_a_service;
    "../ui/fixed/names/stop_passes_a_service.rs" names_stop_passes_a_service;
    "../ui/fixed/names/unknown_in_a_check.rs" names_unknown_in_a_check;
    "../ui/fixed/names/unknown_in_start_after.rs" names_unknown_in_start_after;
    "../ui/fixed/names/unknown_in_stop_order.rs" names_unknown_in_stop_order;
    "../ui/fixed/names/unknown_with_a_near_one.rs" names_unknown_with_a_near_one;
    "../ui/fixed/names/uses_itself.rs" names_uses_itself;
    "../ui/fixed/names/uses_removed.rs" names_uses_removed;
    "../ui/fixed/order/against_first.rs" order_against_first;
    "../ui/fixed/order/against_last_alone.rs" order_against_last_alone;
    "../ui/fixed/order/cycle.rs" order_cycle;
    "../ui/fixed/order/cycle_of_a_closure_parameter.rs" order_cycle_of_a_closure_parameter;
    "../ui/fixed/order/cycle_of_a_function.rs" order_cycle_of_a_function;
    "../ui/fixed/order/cycle_of_a_given.rs" order_cycle_of_a_given;
    "../ui/fixed/order/cycle_of_a_text.rs" order_cycle_of_a_text;
    "../ui/fixed/order/cycle_of_a_word.rs" order_cycle_of_a_word;
    "../ui/fixed/order/cycle_through_start_after.rs" order_cycle_through_start_after;
    "../ui/fixed/order/start_after_against_first.rs" order_start_after_against_first;
    "../ui/fixed/order/stop_order_contradicts_last.rs" order_stop_order_contradicts_last;
    "../ui/fixed/order/stop_order_contradicts_one.rs" order_stop_order_contradicts_one;
    "../ui/fixed/service/after_a_path.rs" service_after_a_path;
    "../ui/fixed/service/after_as_a_value.rs" service_after_as_a_value;
    "../ui/fixed/service/as_a_value.rs" service_as_a_value;
    "../ui/fixed/service/bare.rs" service_bare;
    "../ui/fixed/service/before_of_another_system.rs" service_before_of_another_system;
    "../ui/fixed/service/check_is_a_closure.rs" service_check_is_a_closure;
    "../ui/fixed/service/check_within_without_check.rs" service_check_within_without_check;
    "../ui/fixed/service/default_value.rs" service_default_value;
    "../ui/fixed/service/first_and_last.rs" service_first_and_last;
    "../ui/fixed/service/first_as_a_value.rs" service_first_as_a_value;
    "../ui/fixed/service/given_with_a_retry.rs" service_given_with_a_retry;
    "../ui/fixed/service/given_with_a_start.rs" service_given_with_a_start;
    "../ui/fixed/service/group_arguments.rs" service_group_arguments;
    "../ui/fixed/service/half_a_start.rs" service_half_a_start;
    "../ui/fixed/service/hyphen.rs" service_hyphen;
    "../ui/fixed/service/key_of_the_group.rs" service_key_of_the_group;
    "../ui/fixed/service/literal.rs" service_literal;
    "../ui/fixed/service/may_fail_as_a_value.rs" service_may_fail_as_a_value;
    "../ui/fixed/service/misspelt_attribute.rs" service_misspelt_attribute;
    "../ui/fixed/service/no_comma.rs" service_no_comma;
    "../ui/fixed/service/repeated_stop.rs" service_repeated_stop;
    "../ui/fixed/service/retry_as_a_list.rs" service_retry_as_a_list;
    "../ui/fixed/service/retry_bounds_in_wrong_order.rs" service_retry_bounds_in_wrong_order;
    "../ui/fixed/service/retry_from_zero.rs" service_retry_from_zero;
    "../ui/fixed/service/retry_of_one.rs" service_retry_of_one;
    "../ui/fixed/service/retry_with_a_bad_bound.rs" service_retry_with_a_bad_bound;
    "../ui/fixed/service/retry_without_quotes.rs" service_retry_without_quotes;
    "../ui/fixed/service/retry_without_start.rs" service_retry_without_start;
    "../ui/fixed/service/semicolon.rs" service_semicolon;
    "../ui/fixed/service/service_and_group.rs" service_service_and_group;
    "../ui/fixed/service/several_statements.rs" service_several_statements;
    "../ui/fixed/service/start_alone.rs" service_start_alone;
    "../ui/fixed/service/start_without_its_key.rs" service_start_without_its_key;
    "../ui/fixed/service/stop_as_a_list.rs" service_stop_as_a_list;
    "../ui/fixed/service/stop_is_a_closure.rs" service_stop_is_a_closure;
    "../ui/fixed/service/twice.rs" service_twice;
    "../ui/fixed/service/two_handles.rs" service_two_handles;
    "../ui/fixed/service/unknown_key_of_one.rs" service_unknown_key_of_one;
    "../ui/fixed/service/window_as_a_list.rs" service_window_as_a_list;
    "../ui/fixed/service/word_of_another_system.rs" service_word_of_another_system;
    "../ui/fixed/types/called_field.rs" types_called_field;
    "../ui/fixed/types/callback_keeps_a_reference.rs" types_callback_keeps_a_reference;
    "../ui/fixed/types/changes_by_a_method.rs" types_changes_by_a_method;
    "../ui/fixed/types/check_of_what_is_no_clone.rs" types_check_of_what_is_no_clone;
    "../ui/fixed/types/check_with_a_number.rs" types_check_with_a_number;
    "../ui/fixed/types/check_without_await.rs" types_check_without_await;
    "../ui/fixed/types/dyn_not_sent.rs" types_dyn_not_sent;
    "../ui/fixed/types/dyn_not_shared.rs" types_dyn_not_shared;
    "../ui/fixed/types/dyn_service.rs" types_dyn_service;
    "../ui/fixed/types/field_as_a_path.rs" types_field_as_a_path;
    "../ui/fixed/types/future_for_a_thread.rs" types_future_for_a_thread;
    "../ui/fixed/types/group_for_running.rs" types_group_for_running;
    "../ui/fixed/types/handle_in_an_arc.rs" types_handle_in_an_arc;
    "../ui/fixed/types/handle_without_its_attribute.rs" types_handle_without_its_attribute;
    "../ui/fixed/types/input_moved_into_a_task.rs" types_input_moved_into_a_task;
    "../ui/fixed/types/input_not_send.rs" types_input_not_send;
    "../ui/fixed/types/input_that_is_moved.rs" types_input_that_is_moved;
    "../ui/fixed/types/key_of_another_group_in_only.rs" types_key_of_another_group_in_only;
    "../ui/fixed/types/key_of_another_group_in_replace.rs" types_key_of_another_group_in_replace;
    "../ui/fixed/types/no_stop.rs" types_no_stop;
    "../ui/fixed/types/own_drop.rs" types_own_drop;
    "../ui/fixed/types/group_in_a_list_of_itself.rs" types_group_in_a_list_of_itself;
    "../ui/fixed/types/question_mark_at_run.rs" types_question_mark_at_run;
    "../ui/fixed/types/return_without_a_value.rs" types_return_without_a_value;
    "../ui/fixed/types/receiver_not_shared.rs" types_receiver_not_shared;
    "../ui/fixed/types/reload_of_what_is_no_clone.rs" types_reload_of_what_is_no_clone;
    "../ui/fixed/types/reload_without_await.rs" types_reload_without_await;
    "../ui/fixed/types/replaced_by_another_type.rs" types_replaced_by_another_type;
    "../ui/fixed/types/self_in_a_start.rs" types_self_in_a_start;
    "../ui/fixed/types/service_in_an_arc.rs" types_service_in_an_arc;
    "../ui/fixed/types/start_keeps_a_reference.rs" types_start_keeps_a_reference;
    "../ui/fixed/types/start_without_await.rs" types_start_without_await;
    "../ui/fixed/types/stop_of_a_service.rs" types_stop_of_a_service;
    "../ui/fixed/types/stop_with_a_value.rs" types_stop_with_a_value;
    "../ui/fixed/types/stop_without_await.rs" types_stop_without_await;
    "../ui/fixed/types/task_borrows.rs" types_task_borrows;
    "../ui/fixed/types/task_clones_in_its_block.rs" types_task_clones_in_its_block;
    "../ui/fixed/types/task_of_a_future.rs" types_task_of_a_future;
    "../ui/fixed/types/task_output.rs" types_task_output;
    "../ui/fixed/types/task_prints_a_field.rs" types_task_prints_a_field;
    "../ui/fixed/types/task_restarting_borrows.rs" types_task_restarting_borrows;
    "../ui/fixed/types/task_that_blocks.rs" types_task_that_blocks;
    "../ui/fixed/types/task_without_an_error_type.rs" types_task_without_an_error_type;
    "../ui/fixed/types/thread_borrows.rs" types_thread_borrows;
    "../ui/fixed/types/unbounded.rs" types_unbounded;
    "../ui/fixed/types/unsized_field.rs" types_unsized_field;
}

#[test]
fn each_case_is_a_module() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/fixed");
    let read = |folder: &Path| {
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file").path())
    };
    let files = read(&folder).flat_map(|folder| read(&folder).collect::<Vec<_>>());
    let name = |path: &Path| path.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
    let files: BTreeSet<String> = files
        .map(|file| format!("../ui/fixed/{}/{}", name(file.parent().expect("a folder")), name(&file)))
        .collect();
    let cases: BTreeSet<String> = CASES.iter().map(|case| (*case).to_owned()).collect();
    assert_eq!(files, cases);
}
