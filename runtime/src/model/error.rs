//! The two forms in which errors travel.

use std::error::Error;
use std::sync::Arc;

/// Any error, boxed.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// An error that several places show: the cause, the report, the status.
pub type SharedError = Arc<dyn Error + Send + Sync>;
