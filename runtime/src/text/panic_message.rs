//! Panics of foreign code: how they are caught, and their messages.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs foreign code, and returns the message if it panics.
///
/// # Errors
///
/// The message of the panic.
pub fn catch_panic<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(run)).map_err(panic_message)
}

/// Returns the message of a caught panic, or a placeholder if the payload is not text.
///
/// The payload is foreign code too: if its drop panics, that panic is dropped as well.
#[must_use]
pub fn panic_message(payload: Box<dyn Any + Send>) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let message = text.unwrap_or("a panic without a message").to_owned();
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(second);
    }
    message
}

#[cfg(test)]
mod tests {
    use std::panic::panic_any;

    use super::*;

    struct PanicsInDrop;

    impl Drop for PanicsInDrop {
        fn drop(&mut self) {
            panic!("in the drop of a payload");
        }
    }

    #[test]
    fn a_payload_that_panics_in_its_drop_is_caught_too() {
        assert_eq!(
            catch_panic(|| panic_any(PanicsInDrop)),
            Err::<(), _>("a panic without a message".to_owned())
        );
        assert_eq!(catch_panic(|| panic!("{} of {}", 1, 2)), Err::<(), _>("1 of 2".to_owned()));
    }
}
