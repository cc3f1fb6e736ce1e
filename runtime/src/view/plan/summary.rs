//! The plan in one sentence, the first line of every text and picture of it.

use std::time::Duration;

use crate::model::Plan;
use crate::text::HumanDuration;

impl Plan {
    /// Returns one sentence with the budget, its parts, and what is left of it.
    pub(crate) fn summary(&self) -> String {
        let needed = self.slowest_stop() + self.lame_duck();
        let rest = match self.stop_within().checked_sub(needed) {
            Some(Duration::ZERO) => "nothing to spare".to_owned(),
            Some(spare) => format!("{} to spare", HumanDuration(spare)),
            None => format!("{} too much", HumanDuration(needed.saturating_sub(self.stop_within()))),
        };
        format!("`{}` stops within {}, {rest}", self.name(), self.budget_parts())
    }

    /// Returns the budget and its parts, without a sentence around them.
    pub(super) fn budget_parts(&self) -> String {
        let lame_duck = match self.lame_duck() {
            Duration::ZERO => String::new(),
            lame_duck => format!("lame duck {}, ", HumanDuration(lame_duck)),
        };
        let (budget, slowest) = (HumanDuration(self.stop_within()), HumanDuration(self.slowest_stop()));
        format!("{budget}: {lame_duck}slowest path {slowest}")
    }
}
