//! What the environment of a process may say of data.

/// The environment variable that names a folder of data sets.
pub const DATA_VARIABLE: &str = "LATENTLAB_DATA";
/// The environment variable that names a mirror to use instead of the published ones: an address to which
/// `/SET/FILE.gz` is appended.
pub const MIRROR_VARIABLE: &str = "LATENTLAB_MIRROR";
