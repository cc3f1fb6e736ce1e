//! Where nothing is ever handed over.

use std::io::{self, ErrorKind};

use super::{InheritedListener, Kind, Which};

#[derive(Debug)]
pub(crate) struct Handed;

pub(crate) fn handed() -> Handed {
    Handed
}

#[allow(clippy::unused_self, clippy::unnecessary_wraps, reason = "as it is on Linux")]
impl Handed {
    pub(crate) fn take(&mut self, _: &Which, _: Option<Kind>) -> io::Result<Option<InheritedListener>> {
        Ok(None)
    }

    pub(crate) fn missing(&self, which: &Which) -> io::Error {
        let text = format!(
            "{which} was not handed over: that is done on Linux alone; fall back with `.or(address)`"
        );
        io::Error::new(ErrorKind::NotFound, text)
    }
}
