//! The keys of both attributes. A key is one entry of a table: its name, the kind of its value, and how it is written.
//!
//! A new entry becomes a variant of the enum of its attribute. The compiler then requires its meaning where the keys
//! are matched: in `ast/group_options.rs` or in `ast/service.rs`.

/// The kind of value that a key takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueKind {
    /// `key = EXPRESSION`.
    Expression,
    /// `key = "25s"`, more than zero.
    Duration,
    /// `key = "25s"` or `key = "0s"`.
    DurationOrZero,
    /// `key(a, b, ..)`.
    Names,
    /// `key = ::a::path`.
    Path,
    /// `key` without a value.
    Flag,
}

/// One key of an attribute.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyEntry {
    pub(crate) name: &'static str,
    pub(crate) value: ValueKind,
    /// How the key is written, for messages: "expected .."
    pub(crate) usage: &'static str,
}

/// The keys of one attribute.
pub(crate) trait Key: Copy + PartialEq + 'static {
    /// The keys of the other attribute, for a key that is written in the wrong one.
    type Other: Key;
    /// The name of the attribute.
    const ATTRIBUTE: &'static str;
    const ALL: &'static [Self];

    fn entry(self) -> KeyEntry;

    fn find(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|key| key.entry().name == name)
    }

    fn names() -> Vec<&'static str> {
        Self::ALL.iter().map(|key| key.entry().name).collect()
    }
}

macro_rules! keys {
    ($(#[$doc:meta])* $Keys:ident, $attribute:literal, other: $Other:ident {
        $($Key:ident: $name:literal, $kind:ident, $usage:literal;)*
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $Keys { $($Key),* }

        impl Key for $Keys {
            type Other = $Other;
            const ATTRIBUTE: &'static str = $attribute;
            const ALL: &'static [Self] = &[$(Self::$Key),*];

            fn entry(self) -> KeyEntry {
                match self {
                    $(Self::$Key => KeyEntry { name: $name, value: ValueKind::$kind, usage: $usage },)*
                }
            }
        }
    };
}

keys! {
    /// The keys of `#[service_group(..)]`.
    GroupKey, "service_group", other: ServiceKey {
        StopWithin: "stop_within", Duration, "`stop_within = \"25s\"`";
        LameDuck: "lame_duck", DurationOrZero, "`lame_duck = \"2s\"`";
        StopOrder: "stop_order", Names, "`stop_order(a, b, ..)`, with the names of services";
        Crate: "crate", Path, "`crate = ::path::to::service_group`";
    }
}

keys! {
    /// The keys of `#[service(..)]`.
    ServiceKey, "service", other: GroupKey {
        Start: "start", Expression, "`start = EXPRESSION`";
        Stop: "stop", Expression, "`stop = EXPRESSION`";
        After: "after", Names, "`after(a, b, ..)`, with the names of services";
        First: "first", Flag, "`first` without a value";
        Last: "last", Flag, "`last` without a value";
        StartWithin: "start_within", Duration, "`start_within = \"30s\"`";
        StopWithin: "stop_within", Duration, "`stop_within = \"5s\"`";
    }
}
