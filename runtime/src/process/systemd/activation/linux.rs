//! The sockets that were handed over to this process when it was started: `LISTEN_FDS`, `LISTEN_PID`, `LISTEN_FDNAMES`.
//!
//! They are taken over once, all that listen, and each is given out once. What does not listen is left as it is: where
//! the environment is wrong, it belongs to somebody else. Nothing here changes the environment, which other threads may
//! be reading.

use std::io::{self, ErrorKind};
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::sync::{LazyLock, Mutex, MutexGuard};

use socket2::{Domain, SockRef, Type};

use super::{InheritedListener, Kind, Which};

use crate::state::Life;
use crate::sync::lock;
use crate::text::events::event;

static HANDED: LazyLock<Mutex<Handed>> = LazyLock::new(|| Mutex::new(Handed::from_env()));

/// What was handed over, in the order of the descriptors.
#[derive(Debug)]
pub(crate) struct Handed {
    sockets: Vec<Socket>,
    /// Why there are none, where the environment speaks of some.
    refused: Option<String>,
}

#[derive(Debug)]
struct Socket {
    name: Option<String>,
    held: Held,
}

#[derive(Debug)]
enum Held {
    Listens(OwnedFd, Kind),
    Given,
    /// What it is that does not listen.
    Other(&'static str),
}

/// All that was handed over to this process.
pub(crate) fn handed() -> MutexGuard<'static, Handed> {
    lock(&HANDED)
}

impl Handed {
    fn from_env() -> Self {
        let variable = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
        let (fds, pid) = (variable("LISTEN_FDS"), variable("LISTEN_PID"));
        let refused = match (&fds, &pid) {
            (None, _) => None,
            (Some(_), None) => Some(
                "LISTEN_FDS is set without LISTEN_PID: set it to the id of the process that is to take the sockets"
                    .to_owned(),
            ),
            (Some(_), Some(pid)) if *pid != std::process::id().to_string() => {
                Some(format!("LISTEN_FDS is for process {pid}, and this is {}", std::process::id()))
            }
            (Some(_), Some(_)) => match found().and_then(adopt) {
                Ok(sockets) => return Self { sockets, refused: None },
                Err(error) => Some(error),
            },
        };
        if let Some(refused) = refused.clone() {
            event!(Life::current().events, warn, "no socket is taken over: {refused}");
        }
        Self { sockets: Vec::new(), refused }
    }

    /// Gives out the socket, if there is one.
    ///
    /// # Errors
    ///
    /// When it has been given out already, or is not what was expected; it stays where it is then.
    pub(crate) fn take(
        &mut self,
        which: &Which,
        expected: Option<Kind>,
    ) -> io::Result<Option<InheritedListener>> {
        let asked = |(index, socket): &(usize, &mut Socket)| match which {
            Which::Name(name) => socket.name.as_ref() == Some(name),
            Which::Index(asked) => index == asked,
        };
        let mut found: Vec<_> = self.sockets.iter_mut().enumerate().filter(asked).collect();
        if found.is_empty() {
            return Ok(None);
        }
        // Several of one name are given out one by one.
        let Some((_, socket)) = found.iter_mut().find(|(_, socket)| !matches!(socket.held, Held::Given))
        else {
            let text = format!("{which} has been given out already; each is taken by one server");
            return Err(io::Error::new(ErrorKind::AddrInUse, text));
        };
        match (&socket.held, expected) {
            (Held::Other(found), _) => {
                return Err(wrong(which, found, "one that listens (`ListenStream=`)"));
            }
            (Held::Listens(_, kind), Some(expected)) if *kind != expected => {
                return Err(wrong(which, kind.name(), expected.name()));
            }
            _ => {}
        }
        Ok(match std::mem::replace(&mut socket.held, Held::Given) {
            Held::Listens(fd, Kind::Tcp) => Some(InheritedListener::Tcp(TcpListener::from(fd))),
            Held::Listens(fd, Kind::Unix) => Some(InheritedListener::Unix(UnixListener::from(fd))),
            Held::Given | Held::Other(_) => None,
        })
    }

    /// There is no such socket.
    pub(crate) fn missing(&self, which: &Which) -> io::Error {
        let handed = match (&self.refused, self.sockets.len()) {
            (Some(refused), _) => refused.clone(),
            (None, 0) => "LISTEN_FDS is not set".to_owned(),
            (None, 1) => format!("LISTEN_FDS has 1, {}", self.names()),
            (None, count) => format!("LISTEN_FDS has {count}: {}", self.names()),
        };
        let fix = match (which, self.sockets.len()) {
            (_, 0) => "start it through its socket unit, or fall back with `.or(address)`".to_owned(),
            (Which::Name(name), _) => format!("give it `FileDescriptorName={name}` in its socket unit"),
            (Which::Index(_), count) => format!("the last one is number {}, counted from 0", count - 1),
        };
        io::Error::new(ErrorKind::NotFound, format!("{which} was not handed over: {handed}; {fix}"))
    }

    fn names(&self) -> String {
        let name = |socket: &Socket| match &socket.name {
            Some(name) => format!("`{name}`"),
            None => "one without a name".to_owned(),
        };
        self.sockets.iter().map(name).collect::<Vec<_>>().join(", ")
    }
}

/// The descriptors that the environment speaks of, whatever they are.
fn found() -> Result<Vec<(Option<String>, OwnedFd)>, String> {
    let found = sd_listen_fds::get().map_err(|error| error.to_string())?;
    Ok(found.into_iter().map(|(name, fd)| (name, fd.into_std())).collect())
}

/// Takes over those that listen, each as a duplicate that no child of this process inherits. What the environment is
/// wrong about is not ours to close.
fn adopt(found: Vec<(Option<String>, OwnedFd)>) -> Result<Vec<Socket>, String> {
    let mut held = Vec::with_capacity(found.len());
    for (index, (_, fd)) in found.iter().enumerate() {
        match fd.try_clone() {
            Ok(own) => held.push(kind(&own).map_or_else(Held::Other, |kind| Held::Listens(own, kind))),
            Err(error) => {
                let count = found.len();
                for (_, fd) in found {
                    std::mem::forget(fd);
                }
                return Err(format!(
                    "LISTEN_FDS is {count}, and number {index} of them is not open: {error}"
                ));
            }
        }
    }
    let sockets = found.into_iter().zip(held).map(|((name, fd), held)| {
        if matches!(held, Held::Other(_)) {
            std::mem::forget(fd);
        }
        Socket { name, held }
    });
    Ok(sockets.collect())
}

/// What listens there, or what it is that does not.
fn kind(fd: &OwnedFd) -> Result<Kind, &'static str> {
    let socket = SockRef::from(fd);
    let kind = socket.r#type().map_err(|_| "no socket")?;
    let domain = socket.local_addr().map(|address| address.domain()).ok();
    match (kind, domain) {
        (Type::STREAM, _) if !socket.is_listener().unwrap_or(false) => {
            Err("a connection, as `Accept=yes` in a socket unit gives it")
        }
        (Type::STREAM, Some(Domain::IPV4 | Domain::IPV6)) => Ok(Kind::Tcp),
        (Type::STREAM, Some(Domain::UNIX)) => Ok(Kind::Unix),
        (Type::DGRAM, _) => Err("a datagram socket"),
        _ => Err("a socket of another kind"),
    }
}

/// It is there, and something else than what was asked for.
fn wrong(which: &Which, found: &str, expected: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidInput, format!("{which} is {found}, and {expected} was expected"))
}

#[cfg(test)]
mod tests;
