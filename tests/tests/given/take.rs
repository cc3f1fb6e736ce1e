//! Inputs that one start takes by value.

use std::fmt;

use service_group::{BoxError, StartErrorKind, Take, Taken, service_group};
use service_group_tests::{Log, Probe, paused};
use tokio::sync::oneshot::{self, Receiver};
use tokio::time::{Instant, sleep};

use super::ms;

#[service_group]
struct App {
    log: Log,
    letters: Take<Receiver<u8>>,
    guard: service_group::Take<Probe>,
    #[service(start = receive(letters.take()?, log).await?)]
    mailer: Probe,
    #[service(start = { let _ = mailer; Probe::new("rpc", log) })]
    rpc: Probe,
}

async fn receive(letters: Receiver<u8>, log: &Log) -> Result<Probe, BoxError> {
    log.note(format!("letter {}", letters.await?));
    Ok(Probe::new("mailer", log))
}

/// The caller passes a plain value, or a `Take`. One that nothing takes is dropped as an input is.
#[test]
fn a_start_takes_it_and_what_is_left_is_dropped_last() {
    paused(async {
        let log = Log::default();
        let (sender, letters) = oneshot::channel();
        sender.send(7).expect("it is received");
        let guard = Take::new(Probe::new("guard", &log));
        let app = App::start(log.clone(), letters, guard).await.expect("starts");
        assert!(app.letters.is_taken() && !app.guard.is_taken());
        assert!(app.stop().await.is_clean());
        assert_eq!(log.lines().join(" "), "+guard letter 7 +mailer +rpc -rpc ~rpc -mailer ~mailer ~guard");
    });
}

/// How an error has `Taken` as a source.
#[derive(Debug)]
struct Wrapped(Taken);

impl fmt::Display for Wrapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot serve")
    }
}

impl std::error::Error for Wrapped {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

#[service_group]
struct Retried {
    log: Log,
    is_wrapped: bool,
    text: Take<String>,
    #[service(
        start = {
            log.note("attempt");
            let text = if *is_wrapped { text.take().map_err(Wrapped)? } else { text.take()? };
            return Err(format!("`{text}` is in use").into());
        },
        retry = "1s..1s",
        start_within = "1h",
    )]
    server: Probe,
}

/// What is wrong is what the first attempt returned.
#[test]
fn an_attempt_that_has_taken_an_input_is_not_repeated() {
    paused(async {
        for is_wrapped in [false, true] {
            let (log, begun) = (Log::default(), Instant::now());
            let error = Retried::start(log.clone(), is_wrapped, "0.0.0.0:80".to_owned()).await;
            let error = error.expect_err("the second attempt gets nothing");
            assert_eq!(format!("{error:#}"), "`server` did not start in 2 attempts: `0.0.0.0:80` is in use");
            assert_eq!(begun.elapsed(), ms(1000), "no third attempt");
            assert_eq!(log.lines(), ["attempt", "attempt"]);
        }
    });
}

#[service_group]
struct Twice {
    text: Take<String>,
    #[service(start = drop(text.take()?))]
    first: (),
    #[service(start = { let () = first; drop(text.take()?) }, retry)]
    second: (),
}

/// Without an attempt before, the error itself is shown. It cannot go away, so that it is not retried.
#[test]
fn a_second_start_gets_an_error_at_once() {
    paused(async {
        let begun = Instant::now();
        let error = Twice::start("text".to_owned()).await.expect_err("taken");
        assert!(matches!(error.kind(), StartErrorKind::Failed(error) if error.is::<Taken>()));
        assert_eq!(
            format!("{error:#}"),
            "`second` did not start: the input of type `alloc::string::String` was taken before, by another start or by an \
             earlier attempt of this one"
        );
        assert!(begun.elapsed().is_zero());
    });
}

type Alias = Take<u16>;

/// Another type of this name, which is an input like any other.
mod other {
    #[derive(Debug, PartialEq)]
    pub(super) struct Take<T>(pub(super) T);
}

#[service_group]
struct Names<T: Send + 'static> {
    alias: Alias,
    other: other::Take<u16>,
    generic: Take<T>,
    log: Log,
    #[service(start = { drop(generic.take()?); sleep(ms(u64::from(alias.take()?))).await })]
    step: (),
}

/// An alias is not seen: the caller converts. A type of the same name converts into itself.
#[test]
fn of_an_alias_of_another_type_and_of_a_parameter() {
    paused(async {
        let log = Log::default();
        let app = Names::start(10.into(), other::Take(7), Probe::new("value", &log), log.clone());
        let app = app.await.expect("starts");
        assert_eq!(app.other, other::Take(7));
        assert_eq!(log.lines().join(" "), "+value ~value");
        assert!(app.stop().await.is_clean());
    });
}
