//! How members are named: by index, or by the text of the key.

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};

use service_group::{BoxError, Service, ServiceContext, StopContext, service_group, start_each_keyed};
use service_group_tests::{Log, paused};

use crate::{Act, Member};

/// A key that counts how often it is written, and may not be able to be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Topic(&'static str);

thread_local! {
    /// Of this test: each has a thread of its own.
    static WRITTEN: Cell<usize> = const { Cell::new(0) };
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        assert_ne!(self.0, "panics", "no text");
        WRITTEN.set(WRITTEN.get() + 1);
        f.write_str(self.0)
    }
}

impl Hash for Topic {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

#[service_group]
struct App {
    log: Log,
    topics: Vec<&'static str>,
    #[service(start = topics.iter().map(|topic| (Topic(topic), Member::new(topic, Act::Stops(0), log))).collect())]
    hashed: HashMap<Topic, Member, BuildHasherDefault<DefaultHasher>>,
    #[service(start = (9..12).map(|port| (port, Member::new(port, Act::Stops(0), log))).collect())]
    ports: BTreeMap<u16, Member>,
}

#[test]
fn members_have_the_names_of_their_keys_in_order_and_values_keep_theirs() {
    paused(async {
        let log = Log::default();
        let topics = vec!["orders", "mails", "zeta", "alpha", "line\nbreak"];
        let app = App::start(log.clone(), topics).await.expect("starts");
        let status = app.handle().status();
        let names = |name: &str| -> Vec<_> {
            let service = status.service(name).expect("it is there");
            service.members().iter().map(|member| member.name.to_string()).collect()
        };
        let expected =
            ["hashed[alpha]", "hashed[line; break]", "hashed[mails]", "hashed[orders]", "hashed[zeta]"];
        assert_eq!(names("hashed"), expected);
        assert_eq!(names("ports"), ["ports[9]", "ports[10]", "ports[11]"], "in the order of the keys");
        let report = app.stop().await;
        assert!(report.is_clean(), "{report}");
        assert_eq!(WRITTEN.get(), 5, "once for each key");
        let stops: Vec<_> = log.lines().into_iter().filter(|line| line.starts_with('-')).collect();
        let in_order: Vec<_> = ["alpha", "line\nbreak", "mails", "orders", "zeta", "9", "10", "11"]
            .iter()
            .map(|name| format!("-{name} at 0"))
            .collect();
        let hashed: Vec<_> = stops.iter().filter(|line| in_order[..5].contains(line)).cloned().collect();
        assert_eq!(hashed, in_order[..5], "each value has its own name");
    });
}

#[test]
fn a_key_whose_display_panics_has_another_name() {
    #[service_group]
    struct Panics {
        log: Log,
        #[service(start = [Topic("zeta"), Topic("panics")]
            .map(|topic| { let member = Member::new(topic.0, Act::Stops(0), log); (topic, member) })
            .into())]
        sorted: BTreeMap<Topic, Member>,
        #[service(start = start_each_keyed([(Topic("panics"), Member::start("x", 0, log))]).await?)]
        started: BTreeMap<Topic, Member>,
    }
    paused(async {
        let log = Log::default();
        let app = Panics::start(log.clone()).await.expect("starts");
        let report = app.stop().await;
        assert!(report.service("sorted[zeta]").is_some(), "{report:#}");
        for name in ["sorted", "started"] {
            let member = report.service(name).expect("reported").members()[0].name.to_string();
            assert!(member.starts_with(&format!("{name}[a key whose `Display` panicked: ")), "{member}");
        }
    });
}

/// Notes the name by which it is known.
struct Named(Log);

impl Service for Named {
    fn joined(&self, context: &ServiceContext) {
        self.0.note(context.name());
    }

    async fn stop(self, _: StopContext) -> Result<(), BoxError> {
        Ok(())
    }
}

#[test]
fn a_member_knows_its_name_and_collections_can_hold_collections() {
    #[service_group]
    struct Grid {
        log: Log,
        #[service(start = vec![vec![Named(log.clone())], vec![Named(log.clone()), Named(log.clone())]])]
        grid: Vec<Vec<Named>>,
    }
    paused(async {
        let log = Log::default();
        let app = Grid::start(log.clone()).await.expect("starts");
        assert_eq!(log.text(), "grid[0][0], grid[1][0], grid[1][1]");
        let report = app.stop().await;
        assert!(report.service("grid[1][1]").is_some(), "{report:#}");
        assert!(report.service("grid[1][2]").is_none());
    });
}
