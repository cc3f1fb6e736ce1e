//! The pages of docs/guide: what they show is what a reader gets.

mod pages {
    pub(crate) mod excerpts;
    pub(crate) mod links;
    pub(crate) mod messages;
    pub(crate) mod normal;
    pub(crate) mod recording;
    pub(crate) mod reference;
    pub(crate) mod request;
    pub(crate) mod running;
    pub(crate) mod screen;
    pub(crate) mod session;
    #[path = "../../../../examples/gallery/src/terminal.rs"]
    pub(crate) mod terminal;
}

#[path = "../src/blocks.rs"]
mod blocks;
#[path = "../src/host.rs"]
mod host;

use std::fs;
use std::path::{Path, PathBuf};

use blocks::Block;
use pages::reference;
use pages::screen;
use pages::session::{self, Session};

// The tests that the pages show, and the blocks that are not programs.
include!(concat!(env!("OUT_DIR"), "/tests.rs"));

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn pages_of_the_guide() -> Vec<Block> {
    blocks::all(&repository().join("docs/guide")).expect("docs/guide can be read")
}

/// What a command prints, after its `$` line, is what it prints when it runs. `BLESS=1` writes it into the pages.
#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "other systems have one loopback address")]
fn what_the_commands_print_is_what_the_pages_show() {
    let mut wrong = Vec::new();
    // From the end, so that the lines of the blocks above stay where they are.
    for block in pages_of_the_guide().iter().rev() {
        let Some(run) = block.marked("run") else { continue };
        let only = std::env::var("GUIDE_ONLY").ok();
        if only.is_some_and(|only| !run.split_whitespace().any(|word| word == only)) {
            continue;
        }
        let shown = Session::run(block, run);
        if screen::is_same(&block.lines, &shown) {
            continue;
        }
        if session::blesses() {
            write(block, &screen::texts(&shown));
        } else {
            wrong.push(format!(
                "{} is out of date; it is now\n{}",
                block.place(),
                screen::texts(&shown).join("\n")
            ));
        }
    }
    assert!(wrong.is_empty(), "{}\nwrite it with BLESS=1, and review the difference", wrong.join("\n\n"));
}

/// The recordings show the sessions of the pages. `BLESS=1` draws them.
#[test]
fn the_recordings_show_the_sessions() {
    for block in pages_of_the_guide() {
        let Some((_, file)) = block.marked("run").and_then(|run| run.split_once(" drawn ")) else { continue };
        let (path, drawn) =
            (repository().join("docs/guide").join(file), pages::recording::draw(&block.lines));
        if session::blesses() {
            fs::write(&path, &drawn).expect("docs/guide can be written");
        }
        let kept = fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == drawn, "docs/guide/{file} is out of date: draw it with BLESS=1");
    }
}

/// Writes these lines in place of those of the block.
fn write(block: &Block, lines: &[String]) {
    let path = repository().join("docs/guide").join(&block.page);
    let page = fs::read_to_string(&path).expect("a page of the guide");
    let mut page: Vec<_> = page.lines().map(str::to_owned).collect();
    page.splice(block.line..block.line + block.lines.len(), lines.iter().cloned());
    fs::write(path, page.join("\n") + "\n").expect("a page of the guide");
}

/// A program that no command on a page runs is run here, until it ends by itself.
#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "other systems have one loopback address")]
fn programs_without_a_command_end_with_success() {
    let blocks = pages_of_the_guide();
    let is_run = |name: &str| {
        blocks
            .iter()
            .filter_map(|block| block.marked("run"))
            .any(|run| run.split_whitespace().any(|word| word == name))
    };
    for (name, program) in blocks::programs(&blocks) {
        if program.has_main() && !program.no_run && !program.with_others && !is_run(&name) {
            session::run_to_its_end(&name);
        }
    }
}

/// A block that is shown again, or is from another file, is as it is there.
#[test]
fn excerpts_are_as_in_their_source() {
    let blocks = pages_of_the_guide();
    let programs = blocks::programs(&blocks);
    for block in &blocks {
        let Some(source) = block.marked("excerpt of") else { continue };
        assert!(!block.lines.is_empty(), "{}: it shows nothing", block.place());
        let text = match programs.get(source) {
            Some(program) => program.text.clone(),
            None => fs::read_to_string(repository().join(source))
                .unwrap_or_else(|error| panic!("{}: `{source}`: {error}", block.place())),
        };
        if let Err(missing) = pages::excerpts::find(&block.lines, &text) {
            panic!("{}: `{source}` has no such line in this order: {missing}", block.place());
        }
    }
}

/// A message that a page quotes is one that the code prints.
#[test]
fn messages_are_those_of_the_sources() {
    let blocks = pages_of_the_guide();
    blocks.iter().for_each(|block| pages::messages::check(&repository(), block));
    assert!(blocks.iter().any(|block| block.marked("message of").is_some()), "no page quotes a message");
}

/// The tables of the reference list what the code has, and nothing else.
#[test]
fn the_reference_is_that_of_the_code() {
    let read = |path: &str| fs::read_to_string(repository().join(path)).expect("a file of the repository");
    let page = read("docs/guide/07-reference.md");
    for attribute in ["service_group", "service"] {
        let keys = reference::keys(&read("macros/src/keys.rs"), attribute);
        assert_eq!(reference::names(&page, &format!("keys of {attribute}")), keys);
    }
    for name in ["runtime", "servers"] {
        let features = reference::features(&read(&format!("{name}/Cargo.toml")));
        assert_eq!(reference::names(&page, &format!("features of {name}")), features);
    }
    let mut events = reference::emitted_events(&repository().join("runtime/src"));
    events.append(&mut reference::emitted_events(&repository().join("servers/src")));
    assert_eq!(reference::listed_events(&page), events);
    let outcome = read("runtime/src/process/outcome.rs");
    let codes = outcome
        .lines()
        .filter_map(|line| line.strip_prefix("/// | ").filter(|row| row.starts_with(char::is_numeric)));
    assert!(
        codes.clone().count() == 4 && codes.clone().all(|row| page.contains(row)),
        "{:?}",
        codes.collect::<Vec<_>>()
    );
}

/// No output stands in a page that nothing compares.
#[test]
fn every_output_is_compared() {
    for block in pages_of_the_guide() {
        let is_output = ["console", "text"].contains(&block.language.as_str());
        let is_compared = ["run", "excerpt of", "message of"].iter().any(|mark| block.marked(mark).is_some());
        assert!(
            !is_output || is_compared,
            "{}: a block of `{}` needs the line `<!-- run NAME -->`, `<!-- excerpt of FILE -->` or `<!-- message of FILE \
             -->` above it",
            block.place(),
            block.language
        );
    }
}

#[test]
fn links_lead_somewhere() {
    for folder in ["", "docs", "docs/guide"] {
        pages::links::check(&repository(), folder);
    }
}

/// The versions that the first chapter names are those that the servers require.
#[test]
fn the_versions_are_those_of_the_servers() {
    let read = |path| fs::read_to_string(repository().join(path)).expect("a file of the repository");
    let (chapter, manifest) = (read("docs/guide/01-first-hour.md"), read("servers/Cargo.toml"));
    for (name, row) in [("axum", "0.8, from "), ("tonic", "0.14, from "), ("tokio", "1, from ")] {
        let start = format!("\n{name} = {{ version = \"");
        let (_, required) = manifest.split_once(&start).expect("a dependency of the servers");
        let (required, _) = required.split_once('"').expect("a version");
        assert!(
            chapter.contains(&format!("| {name} | {row}{required} |")),
            "{name} is required from {required}"
        );
    }
}
