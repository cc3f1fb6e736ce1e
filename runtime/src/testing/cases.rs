//! Runs the cases of a test one after another.

use std::sync::Arc;
use std::time::Instant;

use super::broken::Broken;
use super::case::{self, Before, Client, Ran};
use super::choice::{Choice, Pairs};
use super::failure;
use super::fault::{Path, Spec, name_of};
use super::fault_kind::FaultKind;
use super::promises::first_broken;
use super::report::{Case, CaseReport};
use super::script::Mode;
use super::serial::Serial;
use super::table::Table;
use crate::model::Plan;
use crate::process::Runner;
use crate::text::{catch_panic, stderr};

/// The variable that asks for all pairs of faults: `SERVICE_GROUP_FAULTS=all`.
const VARIABLE: &str = "SERVICE_GROUP_FAULTS";

/// How often a case is run whose short windows were not enough: a busy machine may have been the reason.
const ATTEMPTS: u32 = 3;

/// Everything that a test has chosen.
pub(super) struct Test<A> {
    pub(super) make: Box<dyn Fn() -> Runner<A>>,
    pub(super) choice: Choice,
    pub(super) verify: Option<Verify<A>>,
    pub(super) client: Option<Client<A>>,
    pub(super) checks_sockets: bool,
}

/// A promise of the user's own.
pub(super) type Verify<A> = Box<dyn Fn(&Case<A>, &CaseReport<A>)>;

impl<A: 'static> Test<A> {
    pub(super) fn new(make: impl Fn() -> Runner<A> + 'static) -> Self {
        let choice =
            Choice { services: None, kinds: FaultKind::ALL.to_vec(), pairs: Pairs::None, only: None };
        // `cargo nextest` runs one test in a process, and reports it here.
        let checks_sockets =
            std::env::var("NEXTEST_EXECUTION_MODE").is_ok_and(|mode| mode == "process-per-test");
        Self { make: Box::new(make), choice, verify: None, client: None, checks_sockets }
    }

    /// Runs all cases, and prints the table.
    pub(super) async fn run(self) {
        let (begun, mut table) = (Instant::now(), Table::default());
        let plan = (self.make)().plan().clone();
        let result = self.run_cases(&plan, &mut table).await;
        let text = table.text(&plan, begun.elapsed());
        // The harness shows what a test prints when it fails; how many cases there were is worth a line in any case.
        let headline = text.lines().next().unwrap_or_default();
        stderr::print_detached(format!("service-group: {headline}"));
        print!("{text}");
        if let Err(failure) = result {
            panic!("{failure}");
        }
    }

    async fn run_cases(&self, plan: &Plan, table: &mut Table) -> Result<(), String> {
        if let Some(only) = &self.choice.only {
            return self.run_case(only.clone(), plan, table).await.map(drop);
        }
        self.run_case(Vec::new(), plan, table).await?;
        let mut striking = Vec::new();
        for single in self.choice.singles(plan) {
            if !self.run_case(vec![single.clone()], plan, table).await?.is_empty() {
                striking.push(single);
            }
        }
        let is_sample = matches!(self.choice.pairs, Pairs::Sample { .. });
        let pairs = if is_sample && std::env::var(VARIABLE).is_ok_and(|pairs| pairs == "all") {
            Choice { pairs: Pairs::All, services: None, kinds: Vec::new(), only: None }.pairs(&striking)
        } else {
            self.choice.pairs(&striking)
        };
        for pair in pairs {
            self.run_case(pair.to_vec(), plan, table).await?;
        }
        Ok(())
    }

    /// Runs one case, and returns the faults that have struck.
    async fn run_case(&self, faults: Vec<Spec>, plan: &Plan, table: &mut Table) -> Result<Vec<Spec>, String> {
        let mut attempts = 0;
        let (ran, broken) = loop {
            attempts += 1;
            let before = Before::now(self.checks_sockets);
            let ran =
                run_one((self.make)(), before, &faults, self.client.as_ref(), self.checks_sockets).await;
            let (ran, broken) = ran.map_err(|broken| failure::text(plan, &faults, &broken, None))?;
            let may_be_late = broken.as_ref().is_some_and(|broken| broken.may_be_late);
            if attempts == ATTEMPTS || !may_be_late {
                break (ran, broken);
            }
        };
        if let Some(mut broken) = broken {
            if broken.look_at.is_empty() {
                broken.look_at = self.who_leaves_tasks(&faults, plan).await;
            }
            return Err(failure::text(plan, &faults, &broken, Some(&ran)));
        }
        table.add(&ran);
        let struck = ran.script.struck();
        self.check_own_promises(&faults, plan, ran)?;
        Ok(struck)
    }

    fn check_own_promises(&self, faults: &[Spec], plan: &Plan, ran: Ran) -> Result<(), String> {
        let Some(verify) = &self.verify else { return Ok(()) };
        let case = Case::new(faults, plan);
        let report = CaseReport::new(ran.result, ran.took);
        let verified = catch_panic(|| verify(&case, &report));
        verified.map_err(|panic| {
            let broken =
                Broken::new("what `verify` checks", format!("it panicked: {panic}"), "what it asserts");
            let text = failure::text(plan, faults, &broken, None);
            let stopped = report.stop_report().map(|report| format!("\n\n{report:#}"));
            text + &stopped.unwrap_or_default()
        })
    }

    /// Runs the case once more to find the services that leave tasks behind.
    async fn who_leaves_tasks(&self, faults: &[Spec], plan: &Plan) -> String {
        let serial = Arc::new(Serial::default());
        let mode = Mode { checks_sockets: false, serial: Some(Arc::clone(&serial)) };
        // How the case ends does not matter any more.
        let _ = case::run((self.make)(), Before::now(false), faults.to_vec(), None, mode).await;
        let name = |path: &Path| format!("`{}`", name_of(path, plan));
        let with_count = |(path, tasks): &(Path, isize)| format!("{} (tasks: {tasks})", name(path));
        let culprits: Vec<_> = serial.culprits().iter().map(with_count).collect();
        let cancelled: Vec<_> = serial.cancelled().iter().map(name).collect();
        if !culprits.is_empty() {
            let culprits = culprits.join(" and of ");
            format!("what is spawned in the start of {culprits}: its stop, and its drop, have to end that")
        } else if !cancelled.is_empty() {
            let cancelled = cancelled.join(" and of ");
            format!(
                "what is spawned in the start or stop of {cancelled}, which was cancelled halfway: until there is a value that \
                 ends it, a guard has to (`JoinSet`, `AbortOnDropHandle`)"
            )
        } else {
            "what the services spawn while they run, and the client of `during`: no start and no stop leaves a task behind"
                .to_owned()
        }
    }
}

/// Runs one case, and returns it with the first promise that it has broken. An error means that the group did not end.
pub(super) async fn run_one<A: 'static>(
    runner: Runner<A>,
    before: Before,
    faults: &[Spec],
    client: Option<&Client<A>>,
    checks_sockets: bool,
) -> Result<(Ran, Option<Broken>), Broken> {
    let mode = Mode { checks_sockets, serial: None };
    let mut ran = case::run(runner, before, faults.to_vec(), client, mode).await?;
    let broken = first_broken(&mut ran, checks_sockets).await;
    Ok((ran, broken))
}
