//! The table that is printed: service by fault, how each ended, and how long it took.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use super::case::Ran;
use super::fault::{Path, Spec, name_of};
use super::fault_kind::FaultKind;
use super::promises::{find_service, report_of};
use crate::engine::StartErrorKind;
use crate::model::Plan;
use crate::text::HumanDuration;

/// The parts of the table, each with its title and its columns.
const PARTS: [(&str, &[FaultKind]); 3] = [
    (
        "start",
        &[
            FaultKind::StartFails,
            FaultKind::StartPanics,
            FaultKind::StartHangs,
            FaultKind::StopBeforeStart,
            FaultKind::StopDuringStart,
            FaultKind::StopAfterStart,
        ],
    ),
    ("while running", &[FaultKind::EndsEarly, FaultKind::Fails]),
    (
        "stop",
        &[
            FaultKind::StopFails,
            FaultKind::StopPanics,
            FaultKind::StopHangs,
            FaultKind::StopWaitsForForce,
            FaultKind::ForcedDuringStop,
        ],
    ),
];

/// The cases so far.
#[derive(Debug, Default)]
pub(super) struct Table {
    cells: BTreeMap<Spec, String>,
    cases: usize,
    pairs: usize,
}

impl Table {
    /// Adds a case that has kept all promises.
    pub(super) fn add(&mut self, ran: &Ran) {
        let faults: Vec<&Spec> = ran.script.faults().collect();
        self.cases += 1;
        self.pairs += usize::from(faults.len() > 1);
        if let [fault] = faults[..] {
            self.cells.insert(fault.clone(), cell(ran, fault));
        }
    }

    /// Returns the cases so far, and how long they took.
    pub(super) fn text(&self, plan: &Plan, took: Duration) -> String {
        let name = plan.name();
        let took = HumanDuration(took);
        let pairs = self.pairs;
        let mut text =
            format!("{name}: {} cases in {took}, of which {pairs} with a pair of faults\n", self.cases);
        let mut paths: Vec<&Path> = self.cells.keys().map(|spec| &spec.path).collect();
        paths.dedup();
        for (title, kinds) in PARTS {
            let kinds: Vec<FaultKind> = kinds
                .iter()
                .copied()
                .filter(|kind| self.cells.keys().any(|spec| spec.kind == *kind))
                .collect();
            if !kinds.is_empty() {
                self.write_part(&mut text, plan, title, &kinds, &paths);
            }
        }
        text
    }

    fn write_part(&self, text: &mut String, plan: &Plan, title: &str, kinds: &[FaultKind], paths: &[&Path]) {
        let heads = kinds.iter().map(ToString::to_string);
        let mut rows = vec![std::iter::once(title.to_owned()).chain(heads).collect::<Vec<_>>()];
        for path in paths {
            let cells = kinds.iter().map(|&kind| {
                let spec = Spec { path: (*path).clone(), kind };
                self.cells.get(&spec).cloned().unwrap_or_default()
            });
            rows.push(std::iter::once(name_of(path, plan)).chain(cells).collect());
        }
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..=kinds.len()).map(width).collect();
        text.push('\n');
        for row in rows {
            let mut line = String::new();
            for (cell, &width) in row.iter().zip(&widths) {
                // Writing to a string does not fail.
                let _ = write!(line, "{cell:width$}  ");
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
    }
}

/// How the service with the fault ended, and how long the case took. A fault that could not strike has a dash.
fn cell(ran: &Ran, fault: &Spec) -> String {
    if !ran.script.struck().contains(fault) {
        return "-".to_owned();
    }
    let outcome = match &ran.result {
        Err(error) => match error.kind() {
            StartErrorKind::Panicked(_) => "panicked".to_owned(),
            StartErrorKind::TimedOut(_) => "timed out".to_owned(),
            StartErrorKind::Stopped(_) => "rolled back".to_owned(),
            _ => "failed".to_owned(),
        },
        Ok(_) => outcome(ran, &fault.path),
    };
    format!("{outcome} {}", HumanDuration(ran.took))
}

fn outcome(ran: &Ran, path: &[usize]) -> String {
    let of = |of: &[usize], service: &crate::model::ServiceReport| {
        (of == path).then(|| service.outcome.kind().to_string())
    };
    let outcome = report_of(ran).and_then(|report| find_service(report, &[], &mut { of }));
    // The report of a nested group that was aborted is lost.
    outcome.unwrap_or_else(|| "aborted".to_owned())
}
