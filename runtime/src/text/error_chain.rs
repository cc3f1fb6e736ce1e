//! An error with all its sources, on one line.

use std::error::Error;
use std::fmt::{self, Write};

use super::OneLine;

/// Displays an error and all its sources on one line, separated by `: `.
///
/// It leaves out a source that the message of its error already ends with, and is cut after 16 KiB and after 64 sources.
///
/// ```
/// use service_group::text::ErrorChain;
///
/// let error = std::io::Error::other("no database");
/// assert_eq!(ErrorChain(&error).to_string(), "no database");
/// ```
#[derive(Debug)]
pub struct ErrorChain<'a>(pub &'a (dyn Error + 'static));

/// The longest text of an error, in bytes: a report has to stay readable. An error of a database may contain a whole query.
const LONGEST: usize = 16 * 1024;
/// How many sources are read: `source()` may return the error itself.
const MOST_SOURCES: usize = 64;

impl fmt::Display for ErrorChain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = bounded(self.0);
        write!(f, "{}", OneLine(&message))?;
        f.write_str(&sources(self.0, message, |_| {}))
    }
}

/// Returns the message of an error, cut at 16 KiB.
pub(crate) fn bounded(error: &dyn Error) -> String {
    let mut text = Bounded { text: String::new(), is_cut: false };
    // An error means that the text was cut, or that the `Display` gave up: what it has written counts.
    let _ = write!(text, "{error}");
    if text.is_cut {
        text.text.push('…');
    }
    text.text
}

/// Returns what [`ErrorChain`] adds to the message of an error: each source after a `: `.
///
/// `visit` is called with each source. To read a source is foreign code, so that all is taken from one read.
pub(crate) fn sources(
    error: &dyn Error,
    message: String,
    mut visit: impl FnMut(&(dyn Error + 'static)),
) -> String {
    let mut chain = String::new();
    let mut written = message;
    let mut source = error.source();
    for _ in 0..MOST_SOURCES {
        let Some(error) = source else { return chain };
        visit(error);
        if chain.len() > LONGEST {
            break;
        }
        let text = bounded(error);
        if !written.ends_with(&text) {
            // Writing to a `String` cannot fail.
            let _ = write!(chain, ": {}", OneLine(&text));
        }
        (written, source) = (text, error.source());
    }
    if source.is_some() {
        chain.push_str(": …");
    }
    chain
}

/// A text that takes no more than [`LONGEST`] bytes.
struct Bounded {
    text: String,
    is_cut: bool,
}

impl fmt::Write for Bounded {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        let room = LONGEST - self.text.len();
        if part.len() <= room {
            self.text.push_str(part);
            return Ok(());
        }
        self.is_cut = true;
        let fits = part.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= room).last();
        self.text.push_str(&part[..fits.unwrap_or(0)]);
        Err(fmt::Error)
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[derive(Debug)]
    struct Wrapped(&'static str, io::Error);

    impl fmt::Display for Wrapped {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Wrapped {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.1)
        }
    }

    #[test]
    fn a_source_is_written_once() {
        let error = Wrapped("no database", io::Error::other("refused\nby the host"));
        assert_eq!(ErrorChain(&error).to_string(), "no database: refused; by the host");
        let error = Wrapped("no database: refused", io::Error::other("refused"));
        assert_eq!(ErrorChain(&error).to_string(), "no database: refused");
    }

    #[test]
    fn an_error_that_is_its_own_source_has_an_end() {
        #[derive(Debug)]
        struct Endless;
        impl fmt::Display for Endless {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                static COUNT: AtomicUsize = AtomicUsize::new(0);
                write!(f, "cause {}", COUNT.fetch_add(1, Ordering::Relaxed))
            }
        }
        impl Error for Endless {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                Some(self)
            }
        }
        let text = ErrorChain(&Endless).to_string();
        assert!(text.starts_with("cause 0: cause 1: ") && text.ends_with(": cause 64: …"), "{text}");
    }

    #[test]
    fn a_message_without_an_end_is_cut() {
        #[derive(Debug)]
        struct Endless;
        impl fmt::Display for Endless {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                loop {
                    f.write_str("öre ")?;
                }
            }
        }
        impl Error for Endless {}
        let text = ErrorChain(&Endless).to_string();
        assert!(text.starts_with("öre öre ") && text.ends_with('…'), "{}", text.len());
        assert!((LONGEST..LONGEST + 8).contains(&text.len()), "{}", text.len());
    }
}
