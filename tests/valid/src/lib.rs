//! The cases of `tests/ui/pass` compile without a warning, and their programs run.
//!
//! They are modules of this one crate. trybuild would link and run a program for each, which took a minute.

#![allow(clippy::all, reason = "the cases are as odd as programs of users can be")]

/// Declares each case as a module, lists them, and runs each.
macro_rules! cases {
    ($($path:literal $module:ident;)*) => {
        $(
            #[path = $path]
            pub mod $module;
        )*

        #[cfg(test)]
        const CASES: &[&str] = &[$(stringify!($module)),*];

        #[test]
        fn each_program_runs() {
            $($module::main();)*
        }
    };
}

cases! {
    "../../ui/pass/all_behind_a_cfg.rs" all_behind_a_cfg;
    "../../ui/pass/app.rs" app;
    "../../ui/pass/cfg.rs" cfg;
    "../../ui/pass/cfg_below_a_derive.rs" cfg_below_a_derive;
    "../../ui/pass/deep.rs" deep;
    "../../ui/pass/delimiters.rs" delimiters;
    "../../ui/pass/derives.rs" derives;
    "../../ui/pass/empty_lists.rs" empty_lists;
    "../../ui/pass/errors_of_all_kinds.rs" errors_of_all_kinds;
    "../../ui/pass/expressions.rs" expressions;
    "../../ui/pass/first_and_last.rs" first_and_last;
    "../../ui/pass/function_body.rs" function_body;
    "../../ui/pass/function_of_that_name.rs" function_of_that_name;
    "../../ui/pass/generics.rs" generics;
    "../../ui/pass/generics_without_static.rs" generics_without_static;
    "../../ui/pass/given.rs" given;
    "../../ui/pass/handle.rs" handle;
    "../../ui/pass/hostile.rs" hostile;
    "../../ui/pass/in_modules.rs" in_modules;
    "../../ui/pass/lint_levels.rs" lint_levels;
    "../../ui/pass/macro_rules.rs" macro_rules;
    "../../ui/pass/names.rs" names;
    "../../ui/pass/names_from_a_macro.rs" names_from_a_macro;
    "../../ui/pass/not_a_use.rs" not_a_use;
    "../../ui/pass/own_names.rs" own_names;
    "../../ui/pass/placeholders.rs" placeholders;
    "../../ui/pass/raw_identifiers.rs" raw_identifiers;
    "../../ui/pass/same_dependency_twice.rs" same_dependency_twice;
    "../../ui/pass/self_in_types.rs" self_in_types;
    "../../ui/pass/shadowed.rs" shadowed;
    "../../ui/pass/stops.rs" stops;
    "../../ui/pass/two_groups.rs" two_groups;
    "../../ui/pass/types.rs" types;
    "../../ui/pass/unused_input.rs" unused_input;
    "../../ui/pass/visibility.rs" visibility;
    "../../ui/pass/while_it_runs.rs" while_it_runs;
    "../../ui/pass/words_in_macros.rs" words_in_macros;
}

#[test]
fn each_case_is_a_module() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/pass");
    let files = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file").path());
    let mut names: Vec<_> =
        files.map(|file| file.file_stem().expect("a name").to_string_lossy().into_owned()).collect();
    names.sort();
    assert_eq!(names, CASES);
}
