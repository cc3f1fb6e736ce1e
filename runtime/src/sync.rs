//! The only function of this crate that locks a mutex.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks a mutex, poisoned or not.
///
/// A panic of user code may poison a mutex of this crate. Its data is consistent nevertheless: no code of the crate
/// leaves it half changed during a call that can panic.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
