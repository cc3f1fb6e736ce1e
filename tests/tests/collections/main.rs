//! Vectors, maps and options of services.

mod absent;
mod names;
mod nested;
mod running;
mod start_each;
mod stop;
mod with_keys;

use std::fmt::Display;
use std::future::pending;
use std::time::Duration;

use service_group::{BoxError, Service, ServiceExit, StopContext, StopOutcomeKind, StopReport};
use service_group_tests::Log;
use tokio::time::sleep;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// What a member does by itself, and what it does when it is told to stop.
#[derive(Debug, Clone, Copy)]
enum Act {
    /// Its stop takes so many milliseconds.
    Stops(u64),
    HangsInStop,
    FailsInStop,
    PanicsInStop,
    /// It is done after so many milliseconds.
    Done(u64),
    /// It fails after so many milliseconds.
    Fails(u64),
    PanicsInFinished,
}

/// One of several.
#[derive(Debug)]
struct Member {
    name: String,
    act: Act,
    log: Log,
}

impl Member {
    fn new(name: impl Display, act: Act, log: &Log) -> Self {
        Self { name: format!("{name}"), act, log: log.clone() }
    }

    async fn start(name: &str, after: u64, log: &Log) -> Result<Self, BoxError> {
        sleep(ms(after)).await;
        log.time(&format!("+{name}"));
        Ok(Self::new(name, Act::Stops(0), log))
    }
}

/// Members named `0`, `1`, and so on.
fn members(acts: &[Act], log: &Log) -> Vec<Member> {
    acts.iter().enumerate().map(|(index, act)| Member::new(index, *act, log)).collect()
}

/// How the members of the collection `several` ended.
fn outcomes(report: &StopReport) -> Vec<StopOutcomeKind> {
    let members = report.service("several").expect("reported").members();
    members.iter().map(|member| member.outcome.kind()).collect()
}

impl Service for Member {
    fn finished(&self) -> impl Future<Output = ServiceExit> + Send + 'static {
        let (act, log, name) = (self.act, self.log.clone(), self.name.clone());
        async move {
            match act {
                Act::Done(after) => {
                    sleep(ms(after)).await;
                    ServiceExit::Done
                }
                Act::Fails(after) => {
                    sleep(ms(after)).await;
                    log.note(format!("!{name}"));
                    ServiceExit::Failed(format!("{name} lost its broker").into())
                }
                Act::PanicsInFinished => panic!("{name} is broken"),
                _ => pending().await,
            }
        }
    }

    async fn stop(self, context: StopContext) -> Result<(), BoxError> {
        self.log.time(&format!("-{}", self.name));
        match self.act {
            Act::Stops(takes) => sleep(ms(takes)).await,
            Act::HangsInStop => {
                context.forced().await;
                self.log.time(&format!("forced {}", self.name));
                pending::<()>().await;
            }
            Act::FailsInStop => return Err(format!("{} cannot close", self.name).into()),
            Act::PanicsInStop => panic!("{} fell over", self.name),
            _ => {}
        }
        Ok(())
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.log.note(format!("~{}", self.name));
    }
}
