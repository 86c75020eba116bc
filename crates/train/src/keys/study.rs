//! The tables of a study, a line for each key.

use super::recipe::LATENT_PLANE;
use network::{Bound, Fallback, Key, LARGEST, Values};

use super::section::Section;
use Fallback::{Required, Value, Words};
use Values::{Choice, Flag, Name, Number, Other, Table, Text, Whole};

const NUMBERS: Values = Other { kind: "table of numbers", range: "by name of the number", refused: &["1.0", "{ valid_total = \"x\" }"] };
const ANY: Values = Other { kind: "list", range: "1 to 1000 different numbers, texts, true or false", refused: &["1.0", "[]", "[2.0, 2.0]", "[nan]"] };
const MONITORS: Values = Choice(&["valid_total", "valid_reconstruction", "train_total"]);
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
            Key::new("sweep", Table, Words("none"), "{ name = \"β\", recipe = \"mnist-mlp-vae\", key = \"objective.kl.weight\", values = [1.0, 4.0] }", "More models: one recipe, several values of one or more settings."),
            Key::new("seeds", Whole(1, 1000), Value("1"), "3", "Seeds that every model is trained with: the recipe's own, and those after it."),
            Key::new("stop", Table, Words("none"), "{ kind = \"halving\", first = 2 }", "Which trainings end early. What it stopped can be resumed, and is not compared."),
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
        about: "One recipe with every combination of values of one or more settings, or with some that are drawn: either `key` with `values`, which is short for one item of `vary`, or `vary`.",
        keys: &[
            Key::new("name", Text, Required, "\"KL weight\"", "Models are called this and their values; those that are drawn, this and their number."),
            Key::new("recipe", Text, Required, "\"mnist-mlp-vae\"", "A built-in recipe or a TOML file."),
            Key::new("key", Text, Required, "\"objective.kl.weight\"", "The setting, where it is one."),
            Key::new("values", ANY, Required, "[0.1, 1.0, 5.0]", "Its values."),
            Key::new("vary", Other { kind: "list of tables", range: "see `study.sweep.vary`; at most 32, and 10,000 combinations", refused: &["1", "[1]", "[]"] }, Required, "[{ key = \"optimizer.learning_rate\", from = 1e-4, to = 1e-2, steps = 5, scale = \"log\" }]", "The settings: `[[sweep.vary]]`; the last one changes fastest."),
            Key::new("draw", Table, Words("all combinations"), "{ count = 20 }", "How many combinations are drawn, and how."),
            Key::new("published", Other { kind: "table of tables", range: "by what stands behind the sweep's name, then by name of the number", refused: &["1.0", "{ 1 = 2.0 }"] }, Value("{}"), "{ 1 = { valid_total = 154.14 } }", "What a publication reports."),
        ],
    },
    Section {
        name: "study.sweep.vary",
        about: "One setting that is varied, an item of `[[sweep.vary]]`: either `values`, or `from` and `to`.",
        keys: &[
            Key::new("key", Text, Required, "\"optimizer.learning_rate\"", "The setting, a dotted path as `--set` takes it."),
            Key::new("values", ANY, Required, "[\"adam\", \"sgd\"]", "Its values; each is as likely to be drawn."),
            Key::new("from", Number(Bound::Open, Bound::Open), Required, "1e-4", "The smallest value."),
            Key::new("to", Number(Bound::Open, Bound::Open), Required, "1e4", "The largest value."),
            Key::new("steps", Whole(1, 10_000), Words("any number between, where values are drawn; else required"), "5", "How many values there are from the smallest to the largest; equal ones are one."),
            Key::new("scale", Choice(&["linear", "log"]), Value("\"linear\""), "\"log\"", "Whether values, or their logarithms, are spread evenly."),
            Key::new("whole", Flag, Value("false"), "true", "Whether they are whole numbers."),
            Key::new("when", Other { kind: "table", range: "by key: a value, or a list of values", refused: &["1", "{ nothing = 1 }"] }, Value("{}"), "{ \"optimizer.kind\" = \"sgd\" }", "Settings varied above it that must have these values; else this one stays as the recipe has it."),
        ],
    },
    Section {
        name: "study.sweep.draw",
        about: "How combinations are drawn. Each is a function of seed and number: a larger count adds to those before.",
        keys: &[
            Key::new("count", Whole(1, 10_000), Required, "20", "How many; those with equal settings are one."),
            Key::new("method", Choice(&["halton", "random"]), Value("\"halton\""), "\"random\"", "Spread evenly by a scrambled Halton sequence, or independent of each other."),
            Key::new("seed", Whole(0, LARGEST), Value("0"), "7", "Seed of the draws."),
        ],
    },
    Section {
        name: "study.stop",
        about: "Which trainings end early. It is decided at rungs, epochs that all have come to, by what they recorded until then.",
        keys: &[
            Key::new("kind", Choice(&["halving", "median"]), Required, "\"halving\"", "The n/factor with the lowest losses go on; or those whose lowest loss is not above the median of all mean losses."),
            Key::new("first", Whole(1, LARGEST), Required, "2", "The epoch of the first rung."),
            Key::new("factor", Whole(2, LARGEST), Value("3"), "2", "What members are divided by at a rung; the next is at so many times the epochs.").of(&["halving"]),
            Key::new("every", Whole(1, LARGEST), Value("1"), "5", "Epochs from rung to rung.").of(&["median"]),
            Key::new("monitor", MONITORS, Value("\"valid_total\""), "\"train_total\"", "The loss."),
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
