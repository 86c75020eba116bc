//! The recipes and studies that ship: one slice each that opening, help, the verbs and the tests go through.

/// A recipe that needs no file.
#[derive(Debug, PartialEq, Eq)]
pub struct BuiltInRecipe {
    /// As asked for by name.
    pub name: &'static str,
    /// The file.
    pub toml: &'static str,
}

/// A study that needs no file.
#[derive(Debug, PartialEq, Eq)]
pub struct BuiltInStudy {
    /// As asked for by name.
    pub name: &'static str,
    /// The file.
    pub toml: &'static str,
}

/// The recipe that is trained where none is named.
pub const DEFAULT_RECIPE: &str = "synthetic-digits-vae";

macro_rules! recipe {
    ($name:literal) => {
        BuiltInRecipe { name: $name, toml: include_str!(concat!("../recipes/", $name, ".toml")) }
    };
}

macro_rules! study {
    ($name:literal) => {
        BuiltInStudy { name: $name, toml: include_str!(concat!("../studies/", $name, ".toml")) }
    };
}

/// Every recipe that ships.
pub static BUILT_IN: &[BuiltIn] = &[
    built_in!("synthetic-digits-vae"),
    built_in!("synthetic-digits-plane"),
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

/// Every study that ships.
pub static STUDIES: &[BuiltInStudy] =
    &[study!("fashion-ae-vs-vae"), study!("kl-weight"), study!("latent-space")];

/// All names of recipes, as a list for messages.
pub(crate) fn recipe_names() -> String {
    RECIPES.iter().map(|recipe| recipe.name).collect::<Vec<_>>().join(", ")
}

/// All names of studies, as a list for messages.
pub(crate) fn study_names() -> String {
    STUDIES.iter().map(|study| study.name).collect::<Vec<_>>().join(", ")
}
