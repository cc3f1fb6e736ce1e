//! Phrases that several texts share.

use std::fmt::Display;

/// The names in backticks, joined by `and`.
pub(crate) fn names(names: impl IntoIterator<Item = impl Display>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ")
}

/// The number of requests in flight: `2 requests in flight`.
pub(crate) fn requests_in_flight(count: usize) -> String {
    match count {
        1 => "1 request in flight".to_owned(),
        count => format!("{count} requests in flight"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular() {
        assert_eq!(names(["store"]), "`store`");
        assert_eq!(names(["store", "rpc"]), "`store` and `rpc`");
        assert_eq!([0, 1, 2].map(requests_in_flight).map(|text| text.len()), [20, 19, 20]);
    }
}
