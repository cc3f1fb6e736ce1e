//! A set of signals.

use crate::model::SignalKind;

/// A set of signals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SignalSet(u8);

impl SignalSet {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const ALL: Self = Self(0b1111);

    const fn bit(kind: SignalKind) -> u8 {
        1 << match kind {
            SignalKind::Terminate => 0,
            SignalKind::Interrupt => 1,
            SignalKind::Quit => 2,
            SignalKind::Hangup => 3,
        }
    }

    pub(crate) const fn contains(self, kind: SignalKind) -> bool {
        self.0 & Self::bit(kind) != 0
    }

    #[must_use]
    pub(crate) const fn with(self, kind: SignalKind) -> Self {
        Self(self.0 | Self::bit(kind))
    }

    #[must_use]
    pub(crate) const fn without(self, kind: SignalKind) -> Self {
        Self(self.0 & !Self::bit(kind))
    }

    #[must_use]
    pub(crate) const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns the signals that are not in this set.
    #[must_use]
    pub(crate) const fn others(self) -> Self {
        Self(Self::ALL.0 & !self.0)
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }
}
