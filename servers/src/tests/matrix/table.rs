//! The table, as it is printed and as it stands in `docs/servers.md`.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::cases::Case;

const BEGIN: &str = "<!-- written by the test `writes_the_table` -->\n";
const END: &str = "<!-- end of what is written -->\n";

/// The rows, the name of a case first.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Table(Vec<Row>);

#[derive(Debug, PartialEq, Eq)]
struct Row {
    head: [String; 2],
    cells: [Cell; 3],
}

/// How stops ended, over all kinds of sockets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Cell(String);

impl Cell {
    /// One outcome, which is the same over all sockets, and the least and the greatest time.
    pub(super) fn of(ended: impl Iterator<Item = (String, Duration)>) -> Self {
        let (mut outcomes, times): (Vec<_>, Vec<_>) = ended.unzip();
        outcomes.dedup();
        let milliseconds = |time: Option<&Duration>| time.map_or(0.0, |time| time.as_secs_f64() * 1e3);
        let (least, greatest) = (milliseconds(times.iter().min()), milliseconds(times.iter().max()));
        Self(format!("{} ({least:.1}..{greatest:.1} ms)", outcomes.join(" or ")))
    }

    /// Without the time.
    fn outcome(&self) -> &str {
        self.0.split_once(" (").map_or(&*self.0, |(outcome, _)| outcome)
    }
}

impl Table {
    pub(super) fn empty(cases: &[Case]) -> Self {
        let row = |case: &Case| Row {
            head: [case.name, case.plain].map(str::to_owned),
            cells: std::array::from_fn(|_| Cell::default()),
        };
        Self(cases.iter().map(row).collect())
    }

    pub(super) fn set(&mut self, case: &Case, column: usize, cell: Cell) {
        let of = |row: &&mut Row| row.head[0] == case.name;
        self.0.iter_mut().find(of).expect("a row of each case").cells[column] = cell;
    }

    /// All but the times, a line a row.
    pub(super) fn outcomes(&self) -> Vec<String> {
        let line = |row: &Row| {
            let cells = row.cells.each_ref().map(Cell::outcome);
            format!("{} | {}", row.head.join(" | "), cells.join(" | "))
        };
        self.0.iter().map(line).collect()
    }

    /// What stands in the documentation.
    pub(super) fn written() -> Self {
        let text = std::fs::read_to_string(path()).expect("docs/servers.md");
        let (_, rest) = text.split_once(BEGIN).expect("the start of the table");
        let (table, _) = rest.split_once(END).expect("the end of the table");
        let row = |line: &str| {
            let mut columns = line.trim_matches('|').split(" | ").map(|column| column.trim().to_owned());
            let mut next = || columns.next().expect("five columns");
            Row { head: [next(), next()], cells: [next(), next(), next()].map(Cell) }
        };
        Self(table.lines().skip(2).map(row).collect())
    }

    pub(super) fn write(&self) {
        let text = std::fs::read_to_string(path()).expect("docs/servers.md");
        let (before, rest) = text.split_once(BEGIN).expect("the start of the table");
        let (_, after) = rest.split_once(END).expect("the end of the table");
        std::fs::write(path(), format!("{before}{BEGIN}{self}{END}{after}")).expect("docs/servers.md");
    }
}

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/servers.md")
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| client | plain | it ends | it does not | second signal |")?;
        writeln!(f, "|---|---|---|---|---|")?;
        for Row { head: [name, plain], cells: [ends, stays, second] } in &self.0 {
            writeln!(f, "| {name} | {plain} | {} | {} | {} |", ends.0, stays.0, second.0)?;
        }
        Ok(())
    }
}
