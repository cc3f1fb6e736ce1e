//! The pages of docs/guide, taken apart into their blocks. `tests/guide/README.md` has the rules.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

/// A fenced block of a page.
#[derive(Debug)]
pub(crate) struct Block {
    /// The file name of the page.
    pub(crate) page: String,
    /// The line of the page on which its text begins, from 0.
    pub(crate) line: usize,
    pub(crate) lines: Vec<String>,
    pub(crate) language: String,
    /// What follows the language: a name, and flags.
    pub(crate) words: Vec<String>,
    /// The comment on the line above it.
    pub(crate) comment: Option<String>,
}

impl Block {
    /// The rest of the comment above it, if that begins with these words.
    pub(crate) fn marked(&self, words: &str) -> Option<&str> {
        self.comment.as_deref()?.strip_prefix(words).map(str::trim)
    }

    pub(crate) fn has(&self, flag: &str) -> bool {
        self.words.iter().any(|word| word == flag)
    }

    /// Where it stands, for a message.
    #[allow(dead_code, reason = "the build scripts have no messages")]
    pub(crate) fn place(&self) -> String {
        format!("docs/guide/{}:{}", self.page, self.line)
    }
}

/// All blocks of the pages in this folder, in the order of the pages. Hidden Rust counts as a block.
pub(crate) fn all(folder: &Path) -> io::Result<Vec<Block>> {
    let mut pages = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "md") {
            pages.push(path);
        }
    }
    pages.sort();
    let mut blocks = Vec::new();
    for page in pages {
        let name = page.file_name().unwrap_or_default().to_string_lossy().into_owned();
        blocks.extend(blocks_of(&name, &fs::read_to_string(&page)?));
    }
    Ok(blocks)
}

fn blocks_of(page: &str, text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let lines: Vec<_> = text.lines().collect();
    let mut at = 0;
    while at < lines.len() {
        let (info, end) = if let Some(info) = lines[at].strip_prefix("```") {
            (info, "```")
        } else if let Some(info) = lines[at].strip_prefix("<!-- rust").filter(|rest| !rest.contains("-->")) {
            (info, "-->")
        } else {
            at += 1;
            continue;
        };
        let above = at.checked_sub(1).map(|line| lines[line]);
        let comment = above.and_then(|line| line.strip_prefix("<!-- ")?.strip_suffix(" -->"));
        let line = at + 1;
        let length = lines[line..].iter().position(|line| *line == end).unwrap_or(lines.len() - line);
        let mut words = info.split_whitespace().map(str::to_owned);
        let language = if end == "-->" { "rust".to_owned() } else { words.next().unwrap_or_default() };
        blocks.push(Block {
            page: page.to_owned(),
            line,
            lines: lines[line..line + length].iter().map(|&line| line.to_owned()).collect(),
            language,
            words: words.collect(),
            comment: comment.map(str::to_owned),
        });
        at = line + length + 1;
    }
    blocks
}

/// A program of the guide: the blocks of one name.
#[derive(Debug, Default)]
pub(crate) struct Program {
    /// Its lines stand on the lines that they have in the page, for the messages of the compiler.
    pub(crate) text: String,
    /// Whether it needs crates that only the workspace in `examples/with-others` has.
    pub(crate) with_others: bool,
    pub(crate) no_run: bool,
}

impl Program {
    pub(crate) fn has_main(&self) -> bool {
        self.text.lines().any(|line| line.starts_with("fn main(") || line.starts_with("async fn main("))
    }

    fn has_tests(&self) -> bool {
        self.text.contains("#[tokio::test") || self.text.contains("#[test]")
    }

    fn add(&mut self, block: &Block) {
        let padding = block.line.saturating_sub(self.text.lines().count());
        self.text.push_str(&"\n".repeat(padding));
        for line in &block.lines {
            self.text.push_str(line);
            self.text.push('\n');
        }
        self.with_others |= block.has("others");
        self.no_run |= block.has("no_run");
    }
}

/// The programs of the guide, by their names.
pub(crate) fn programs(blocks: &[Block]) -> BTreeMap<String, Program> {
    let mut programs = BTreeMap::<_, Program>::new();
    for block in blocks.iter().filter(|block| block.language == "rust") {
        if block.marked("excerpt of").is_some() {
            continue;
        }
        let named = block.words.iter().find(|word| !["no_run", "others"].contains(&word.as_str()));
        let name = named.cloned().unwrap_or_else(|| {
            let page: String =
                block.page.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
            format!("page_{page}_line_{}", block.line)
        });
        programs.entry(name).or_default().add(block);
    }
    programs
}

/// Writes the programs as modules, for the build scripts: those with a `main` are listed in `programs.rs`, those with tests
/// or without a `main` in `tests.rs`. Those with crates of others are all in `tests.rs`.
#[allow(dead_code, reason = "for the build scripts")]
pub(crate) fn generate(guide: &Path, out: &Path, with_others: bool) -> io::Result<()> {
    let mut modules = String::new();
    let mut names = String::new();
    let mut tests = String::new();
    println!("cargo::rerun-if-changed={}", guide.display());
    let programs = programs(&all(guide)?);
    for (name, program) in &programs {
        if program.with_others != with_others {
            continue;
        }
        // What several programs of `main` have in common.
        let shared = programs.values().any(|other| other.text.contains(&format!("super::{name}::")));
        let path = out.join(format!("{name}.rs"));
        let module = |allowed: &str| format!("#[path = {path:?}]\n{allowed}mod {name};\n");
        let mut text = at_the_host_of_the_run(&program.text);
        if shared {
            modules.push_str(&module("#[allow(dead_code)]\n"));
        } else if program.has_main() && !with_others {
            text.push_str("\npub(crate) fn run_program() -> std::process::ExitCode {\n");
            text.push_str("    std::process::Termination::report(main())\n}\n");
            // The tests of a page stand before that function.
            modules.push_str(&module("#[allow(clippy::items_after_test_module)]\n"));
            names.push_str(&format!("    (\"{name}\", {name}::run_program),\n"));
        }
        if !shared && (program.has_tests() || !program.has_main() || with_others) {
            tests.push_str(&module("#[allow(dead_code, clippy::items_after_test_module)]\n"));
        }
        fs::write(&path, text)?;
    }
    modules.push_str("type Main = fn() -> std::process::ExitCode;\nconst PROGRAMS: &[(&str, Main)] = &[\n");
    modules.push_str(&format!("{names}];\n"));
    fs::write(out.join("programs.rs"), modules)?;
    fs::write(out.join("tests.rs"), tests)
}

/// Puts the address of the run in place of 127.0.0.1 in string literals, so that no two runs have the same port.
fn at_the_host_of_the_run(text: &str) -> String {
    let mut changed = String::new();
    for line in text.lines() {
        // Every second piece is inside of quotation marks. A literal with an escape or over lines is left as it is.
        let pieces: Vec<_> = line.split('"').collect();
        for (at, piece) in pieces.iter().enumerate() {
            let literal = at % 2 == 1 && at + 1 < pieces.len() && !line.trim_start().starts_with("//");
            let of_a_macro = at > 0 && pieces[at - 1].ends_with("!(");
            if literal && !of_a_macro && (piece.contains("127.0.0.1:") || piece.starts_with("0.0.0.0:")) {
                changed.push_str(&format!("crate::host::here(\"{piece}\")"));
            } else if at % 2 == 1 {
                let closing = if at + 1 < pieces.len() { "\"" } else { "" };
                changed.push_str(&format!("\"{piece}{closing}"));
            } else {
                changed.push_str(piece);
            }
        }
        changed.push('\n');
    }
    changed
}
