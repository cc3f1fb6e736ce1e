//! The host that the programs of the guide listen on and connect to, in place of the 127.0.0.1 of their pages.

/// Returns the address at the host of this run: 127.0.0.1, unless the environment names another loopback address.
#[allow(dead_code, reason = "no program of this target may have an address")]
pub(crate) fn here(address: &'static str) -> &'static str {
    match std::env::var("GUIDE_HOST") {
        // Leaked once for each literal that runs.
        Ok(host) => address.replace("127.0.0.1", &host).replace("0.0.0.0", &host).leak(),
        Err(_) => address,
    }
}
