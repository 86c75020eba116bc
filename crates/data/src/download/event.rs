//! What there is to tell while a set is opened.

use std::path::Path;
use std::time::Duration;

/// Something worth telling while a set is opened.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Bytes of a download arrived. The first event of a file has `received` = 0 (or where a download that broke off
    /// goes on), its last `received` = `total` where the total is known.
    Downloading {
        /// Name of the file, e.g. `train-images-idx3-ubyte.gz`.
        file: &'a str,
        /// Where from.
        url: &'a str,
        /// Bytes so far.
        received: u64,
        /// Bytes in all, if the server said.
        total: Option<u64>,
    },
    /// A mirror did not deliver, for what may be over soon; it is asked again.
    Retrying {
        /// Where from.
        url: &'a str,
        /// Why, in words.
        reason: &'a str,
        /// How long until then.
        pause: Duration,
    },
    /// A mirror failed; the next is tried.
    MirrorFailed {
        /// Where from.
        url: &'a str,
        /// Why, in words.
        reason: &'a str,
    },
    /// A file on disk is well formed, but not the published one. Worth a warning.
    Differs {
        /// The file.
        file: &'a Path,
        /// The set it was found for.
        set: &'a str,
    },
}

/// Receives [`Event`]s.
pub type Events<'a> = dyn FnMut(Event<'_>) + 'a;
