//! An error with all its sources, on one line.

use std::error::Error;
use std::fmt;

use super::OneLine;

/// Displays an error and all its sources on one line, separated by `: `.
///
/// It leaves out a source that the message of its error already ends with.
///
/// ```
/// use service_group::text::ErrorChain;
///
/// let error = std::io::Error::other("no database");
/// assert_eq!(ErrorChain(&error).to_string(), "no database");
/// ```
#[derive(Debug)]
pub struct ErrorChain<'a>(pub &'a (dyn Error + 'static));

impl fmt::Display for ErrorChain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut written = self.0.to_string();
        write!(f, "{}", OneLine(&written))?;
        let mut source = self.0.source();
        while let Some(error) = source {
            let text = error.to_string();
            if !written.ends_with(&text) {
                write!(f, ": {}", OneLine(&text))?;
            }
            (written, source) = (text, error.source());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io;

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
}
