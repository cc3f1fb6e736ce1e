//! Which services of a group start, and how: as written, with a given value, with another start, or not at all.

use std::collections::BTreeSet;

use crate::model::Plan;

/// The services of one run that do not start as their start expressions say.
#[derive(Debug, Clone, Default)]
pub(crate) struct Selection {
    /// Those whose value exists already.
    given: BTreeSet<usize>,
    /// Those with a value, or another start, in place of the written one or of the given value.
    replaced: BTreeSet<usize>,
    /// Those that do not start.
    left_out: BTreeSet<usize>,
}

impl Selection {
    /// The selection of a run without replacements: the values exist that the caller gives.
    pub(crate) fn new(plan: &Plan) -> Self {
        let services = plan.services().iter().enumerate();
        let given = services.filter(|(_, service)| service.is_given()).map(|(index, _)| index);
        Self { given: given.collect(), ..Self::default() }
    }

    /// A value is put in place of the start. Of two replacements the last one counts.
    pub(crate) fn give(&mut self, index: usize) {
        self.replaced.insert(index);
        self.given.insert(index);
    }

    /// Another start is put in place of the written one. Of two replacements the last one counts.
    pub(crate) fn restart(&mut self, index: usize) {
        self.given.remove(&index);
        self.replaced.insert(index);
    }

    pub(crate) fn leave_out(&mut self, services: impl IntoIterator<Item = usize>) {
        self.left_out.extend(services);
    }

    /// The services whose value exists already.
    pub(crate) fn given(&self) -> impl Iterator<Item = usize> + use<> {
        self.given.clone().into_iter()
    }

    pub(crate) fn is_given(&self, index: usize) -> bool {
        self.given.contains(&index)
    }

    /// Returns whether a value or another start is in place of the start expression.
    pub(crate) fn is_replaced(&self, index: usize) -> bool {
        self.replaced.contains(&index)
    }

    pub(crate) fn is_left_out(&self, index: usize) -> bool {
        self.left_out.contains(&index)
    }

    /// The services that do not start.
    pub(crate) fn left_out(&self) -> impl Iterator<Item = usize> {
        self.left_out.iter().copied()
    }

    /// A service with a replacement that does not start.
    pub(crate) fn replaced_and_left_out(&self) -> Option<usize> {
        self.left_out.iter().copied().find(|index| self.is_replaced(*index))
    }
}
