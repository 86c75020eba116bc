//! The tables of a study, a line for each key.

use super::recipe::LATENT_PLANE;
use network::{Fallback, Key, Values};

use super::section::Section;
use Fallback::{Required, Value, Words};
use Values::{Flag, Name, Other, Table, Text, Whole};

const NUMBERS: Values = Other { kind: "table of numbers", range: "by name of the number", refused: &["1.0", "{ valid_total = \"x\" }"] };
const SPAN: Values = Other { kind: "[number, number]", range: "", refused: &["[1.0]", "1.0"] };

pub(super) const SECTIONS: &[Section] = &[
    Section {
        name: "study",
        about: "The top of the file. At least one of `model` and `sweep` gives models.",
        keys: &[
            Key::new("schema", Whole(1, 1), Value("1"), "1", "Version of the format."),
            Key::new("name", Text, Required, "\"mine\"", "Its folder is named after it."),
            Key::new("description", Text, Value("\"\""), "\"What a prior does\"", "One line for people."),
            Key::new("model", Other { kind: "list of tables", range: "see `study.model`", refused: &["1", "[1]"] }, Value("[]"), "[{ name = \"AE\", recipe = \"mnist-mlp-ae\" }]", "The models, one by one: `[[model]]`."),
            Key::new("sweep", Table, Words("none"), "{ name = \"β\", recipe = \"mnist-mlp-vae\", key = \"objective.kl.weight\", values = [1.0, 4.0] }", "More models: one recipe, one setting, several values."),
            Key::new("show", Table, Value("{}"), "{ sampled = true }", "What is shown beyond what every comparison shows."),
        ],
    },
    Section {
        name: "study.model",
        about: "One model, an item of `[[model]]`.",
        keys: &[
            Key::new("name", Name, Required, "\"VAE\"", "As figures and tables call it; different for each."),
            Key::new("recipe", Text, Required, "\"mnist-mlp-vae\"", "A built-in recipe or a TOML file."),
            Key::new("set", Other { kind: "list of text", range: "key=value, as `--set` takes them", refused: &["\"seed=1\"", "[1]"] }, Value("[]"), "[\"model.latent.size=2\"]", "Settings that go over the recipe's."),
            Key::new("published", NUMBERS, Value("{}"), "{ valid_total = 111.77 }", "What a publication reports for it."),
        ],
    },
    Section {
        name: "study.sweep",
        about: "One recipe with several values of one setting.",
        keys: &[
            Key::new("name", Text, Required, "\"KL weight\"", "Models are called this and the value."),
            Key::new("recipe", Text, Required, "\"mnist-mlp-vae\"", "A built-in recipe or a TOML file."),
            Key::new("key", Text, Required, "\"objective.kl.weight\"", "The setting."),
            Key::new("values", Other { kind: "list of numbers", range: "different", refused: &["1.0", "[\"x\"]", "[2.0, 2.0]"] }, Required, "[0.1, 1.0, 5.0]", "Its values."),
            Key::new("published", Other { kind: "table of tables", range: "by value, then by name of the number", refused: &["1.0", "{ 1 = 2.0 }"] }, Value("{}"), "{ 1 = { valid_total = 154.14 } }", "What a publication reports."),
        ],
    },
    Section {
        name: "study.show",
        about: "What is shown beyond what every comparison shows.",
        keys: &[
            Key::new("sampled", Flag, Value("false"), "true", "Whether maps of VAEs show a draw of each posterior."),
            Key::new("points", Other { kind: "list of lists of numbers", range: "", refused: &["[1.0]"] }, Value("[]"), "[[-1.0, 0.0]]", "Points to decode with every model."),
            Key::new("manifold", Table, Words("where the codes lie"), "{ range = [-4.0, 4.0], steps = 15 }", "The plane that is decoded, of codes of two dimensions."),
            Key::new("strips", Other { kind: "list of tables", range: "see `study.show.strips`", refused: &["1", "[1]"] }, Value("[]"), "[{ model = \"AE\", z1 = [-1.0, 1.0], z2 = [-2.0, 2.0] }]", "Strips of decoded images: 11 values of z₁, each with 11 of z₂."),
        ],
    },
    Section { name: "study.show.manifold", about: "A square of the latent plane.", keys: LATENT_PLANE },
    Section {
        name: "study.show.strips",
        about: "One set of strips, an item of `[[show.strips]]`.",
        keys: &[
            Key::new("model", Text, Required, "\"AE\"", "Name of the model."),
            Key::new("z1", SPAN, Required, "[-1.0, 1.0]", "First and last z₁, from strip to strip."),
            Key::new("z2", SPAN, Required, "[-2.0, 2.0]", "First and last z₂, along a strip."),
        ],
    },
];
