//! The two types in which the library passes on errors of other code.

use std::error::Error;
use std::sync::Arc;

/// Any error, boxed.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// An error that the cause, the report and the status share.
pub type SharedError = Arc<dyn Error + Send + Sync>;
