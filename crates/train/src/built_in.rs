//! The recipes that ship: one slice that opening, help, the `recipes` verb and the tests all go through.

/// A recipe that needs no file.
#[derive(Debug, PartialEq, Eq)]
pub struct BuiltIn {
    /// As asked for by name.
    pub name: &'static str,
    /// The file.
    pub toml: &'static str,
}

/// The recipe that is trained where none is named.
pub const DEFAULT_RECIPE: &str = "synthetic-digits-vae";

macro_rules! built_in {
    ($name:literal) => {
        BuiltIn { name: $name, toml: include_str!(concat!("../recipes/", $name, ".toml")) }
    };
}

/// Every recipe that ships.
pub static BUILT_IN: &[BuiltIn] = &[
    built_in!("synthetic-digits-vae"),
    built_in!("fashion-conv-ae"),
    built_in!("fashion-conv-vae"),
    built_in!("mnist-conv-vae"),
    built_in!("mnist-deep-conv-vae"),
    built_in!("mnist-denoiser"),
    built_in!("mnist-mlp-ae"),
    built_in!("mnist-mlp-vae"),
    built_in!("mnist-pool-ae"),
    built_in!("mnist-pool-vae"),
    built_in!("mnist-shallow-ae"),
    built_in!("mnist-sparse-ae"),
    built_in!("mnist-upsample-ae"),
    built_in!("mnist-wide-mlp-vae"),
];

/// All names, as a list for messages.
pub(crate) fn names() -> String {
    BUILT_IN.iter().map(|built_in| built_in.name).collect::<Vec<_>>().join(", ")
}
