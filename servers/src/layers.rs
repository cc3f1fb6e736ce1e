//! Layers of tower that users put around routes, routers and servers of tonic.

mod answers_before_cut;
mod ends_at_drain;

pub use answers_before_cut::{AnswerBeforeCut, AnswersBeforeCut, AnswersBeforeCutService};
pub use ends_at_drain::{EndAtDrain, EndsAtDrain, EndsAtDrainService};
