//! What a download may take.

use std::time::Duration;

/// What a download may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// Until a server is reached.
    pub connect: Duration,
    /// Until it says something, or something more.
    pub silence: Duration,
    /// For one try from its beginning to its end.
    pub whole: Duration,
    /// Tries at one mirror.
    pub tries: u32,
    /// Before the second try; twice as long before each one after it.
    pub pause: Duration,
    /// The longest pause, also where the server asks for one.
    pub longest_pause: Duration,
    /// Far more than any published file has; a mirror that sends more is not sending what was asked for.
    pub most_bytes: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            silence: Duration::from_secs(30),
            whole: Duration::from_secs(3600),
            tries: 4,
            pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(30),
            most_bytes: 1 << 28,
        }
    }
}
