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
pub static RECIPES: &[BuiltInRecipe] = &[
    recipe!("synthetic-digits-vae"),
    recipe!("synthetic-digits-plane"),
    recipe!("fashion-conv-ae"),
    recipe!("fashion-conv-vae"),
    recipe!("mnist-conv-vae"),
    recipe!("mnist-deep-conv-vae"),
    recipe!("mnist-denoiser"),
    recipe!("mnist-mlp-ae"),
    recipe!("mnist-mlp-vae"),
    recipe!("mnist-pool-ae"),
    recipe!("mnist-pool-vae"),
    recipe!("mnist-shallow-ae"),
    recipe!("mnist-sparse-ae"),
    recipe!("mnist-upsample-ae"),
    recipe!("mnist-wide-mlp-vae"),
    recipe!("photo-ae"),
    recipe!("photo-vae"),
    recipe!("photo-vae-128"),
    recipe!("photo-kl-ae"),
    recipe!("celeba-vae"),
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
