//! One recipe with several values of one or more settings: all of their combinations, or some that are drawn.

use std::collections::{BTreeMap, BTreeSet};

use random::{Halton, Stream};
use serde::{Deserialize, Serialize};
use toml::Value;

use crate::study::model::StudyModel;
use crate::study::value::label;
use crate::study::variation::Variation;

/// Models of one sweep.
const MOST_MODELS: usize = 10_000;
/// Settings that one sweep varies.
const MOST_KEYS: usize = 32;

/// One recipe with several values of one or more settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "SweepTable", into = "SweepTable")]
pub struct Sweep {
    /// Models are called this and their values: `KL weight 0.1`.
    pub name: String,
    /// Built-in recipe or TOML file.
    pub recipe: String,
    /// The settings, in the order of names and of the grid: the last one changes fastest.
    pub vary: Vec<Variation>,
    /// How many combinations are drawn; all, in a grid, if absent.
    pub draw: Option<Draw>,
    /// What a publication reports, by what stands behind the sweep's name in the model's, and name of the number.
    pub published: BTreeMap<String, BTreeMap<String, f64>>,
}

/// `[sweep.draw]`: combinations are drawn. Each is a pure function of seed and number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draw {
    /// How many, 1 to 10,000; those that come to the same settings are one.
    pub count: usize,
    /// How.
    #[serde(default)]
    pub method: DrawMethod,
    /// The seed of the draws, not of the trainings.
    #[serde(default)]
    pub seed: u64,
}

/// How combinations are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DrawMethod {
    /// Spread evenly over the space: [`random::Halton`].
    #[default]
    Halton,
    /// Independently of each other.
    Random,
}

/// A [`Sweep`] as it stands in a file; `key` and `values` are short for one item of `vary`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SweepTable {
    name: String,
    recipe: String,
    #[serde(default, skip_serializing)]
    key: Option<String>,
    #[serde(default, skip_serializing)]
    values: Option<Vec<Value>>,
    #[serde(default)]
    vary: Vec<Variation>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    draw: Option<Draw>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    published: BTreeMap<String, BTreeMap<String, f64>>,
}

/// Settings of one model, in the order of the sweep.
type Settings<'a> = Vec<(&'a str, Value)>;

impl Sweep {
    /// Its models, different in their settings.
    pub fn models(&self) -> Vec<StudyModel> {
        let named: Vec<(String, Settings<'_>)> = match self.draw {
            None => self.grid().into_iter().map(|settings| (self.values_name(&settings), settings)).collect(),
            Some(draw) => self.drawn(draw),
        };
        let model = |(values, settings): (String, Settings<'_>)| StudyModel {
            name: format!("{} {values}", self.name),
            recipe: self.recipe.clone(),
            set: settings.iter().map(|(key, value)| format!("{key}={value}")).collect(),
            published: self.published.get(&values).cloned().unwrap_or_default(),
        };
        named.into_iter().map(model).collect()
    }

    /// All combinations, at most one more than [`MOST_MODELS`].
    fn grid(&self) -> Vec<Settings<'_>> {
        let mut all = vec![Vec::new()];
        for variation in &self.vary {
            let values = variation.space.grid().unwrap_or_default();
            let mut next = Vec::new();
            for settings in all {
                if !variation.applies(&settings) {
                    next.push(settings);
                } else {
                    next.extend(values.iter().map(|value| {
                        let mut more = settings.clone();
                        more.push((variation.key.as_str(), value.clone()));
                        more
                    }));
                }
                if next.len() > MOST_MODELS {
                    next.truncate(MOST_MODELS + 1);
                    break;
                }
            }
            all = next;
        }
        all
    }

    /// The combinations that are drawn, called by their number, from 1; of equal ones the first.
    fn drawn(&self, draw: Draw) -> Vec<(String, Settings<'_>)> {
        let halton = Halton::new(draw.seed, self.vary.len());
        let mut seen = BTreeSet::new();
        let mut all = Vec::new();
        for index in 0..draw.count {
            let point = match draw.method {
                DrawMethod::Halton => halton.point(index as u64),
                // A stream for each key: another one changes none of the others' draws.
                DrawMethod::Random => self
                    .vary
                    .iter()
                    .map(|variation| Stream::new(draw.seed, &format!("sweep {}", variation.key)))
                    .map(|stream| stream.cursor(index as u64, 0).uniform_f64())
                    .collect(),
            };
            let mut settings = Vec::new();
            for (variation, u) in self.vary.iter().zip(point) {
                if variation.applies(&settings) {
                    settings.push((variation.key.as_str(), variation.space.draw(u)));
                }
            }
            let text: Vec<String> = settings.iter().map(|(key, value)| format!("{key}={value}")).collect();
            if seen.insert(text) {
                all.push(((index + 1).to_string(), settings));
            }
        }
        all
    }

    /// `0.1` where one setting is varied, else `learning_rate 0.001, size 2`.
    fn values_name(&self, settings: &Settings<'_>) -> String {
        let last = |key: &str| key.rsplit('.').next().unwrap_or_default().to_owned();
        let short = |key: &str| {
            let is_shared = self.vary.iter().filter(|other| last(&other.key) == last(key)).count() > 1;
            if is_shared { key.to_owned() } else { last(key) }
        };
        match (self.vary.as_slice(), settings.as_slice()) {
            ([_], [(_, value)]) => label(value),
            _ => {
                let parts = settings.iter().map(|(key, value)| format!("{} {}", short(key), label(value)));
                parts.collect::<Vec<_>>().join(", ")
            }
        }
    }

    fn check(&self) -> Result<(), String> {
        if self.vary.is_empty() {
            return Err("sweep: needs a key with its values, or vary with at least one".to_owned());
        }
        if self.vary.len() > MOST_KEYS {
            return Err(format!("sweep.vary: {} keys: must be at most {MOST_KEYS}", self.vary.len()));
        }
        for (index, variation) in self.vary.iter().enumerate() {
            let (key, before) = (&variation.key, &self.vary[..index]);
            if before.iter().any(|other| other.key == *key) {
                return Err(format!("sweep.vary: {key} is varied twice"));
            }
            if let Some(other) =
                variation.when.keys().find(|&name| !before.iter().any(|one| one.key == *name))
            {
                return Err(format!("sweep.vary: {key}: when: {other} is no key that is varied above it"));
            }
            if self.draw.is_none() && variation.space.grid().is_none() {
                return Err(format!(
                    "sweep.vary: {key}: needs steps, as nothing is drawn (or a table sweep.draw)"
                ));
            }
        }
        let (count, what) = match self.draw {
            Some(draw) => (draw.count, "sweep.draw.count"),
            None => (self.grid().len(), "sweep: the number of combinations"),
        };
        if count > MOST_MODELS || count == 0 {
            return Err(format!("{what}: must be 1 to {MOST_MODELS}"));
        }
        Ok(())
    }
}

impl TryFrom<SweepTable> for Sweep {
    type Error = String;

    fn try_from(table: SweepTable) -> Result<Self, String> {
        let SweepTable { name, recipe, key, values, mut vary, draw, published } = table;
        match (key, values) {
            (None, None) => {}
            (Some(_), Some(_)) if !vary.is_empty() => {
                return Err(
                    "sweep: key and values are short for one item of vary; give one or the other".into()
                );
            }
            (Some(key), Some(values)) => vary.push(Variation::list(key, values)?),
            _ => return Err("sweep: key and values go together".into()),
        }
        let sweep = Self { name, recipe, vary, draw, published };
        sweep.check()?;
        Ok(sweep)
    }
}

impl From<Sweep> for SweepTable {
    fn from(Sweep { name, recipe, vary, draw, published }: Sweep) -> Self {
        Self { name, recipe, key: None, values: None, vary, draw, published }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sweep(rest: &str) -> Sweep {
        let toml = format!("name = \"s\"\nrecipe = \"r\"\n{rest}");
        toml::from_str(&toml).unwrap_or_else(|error| panic!("{toml}: {error}"))
    }

    fn names(sweep: &Sweep) -> Vec<String> {
        sweep.models().into_iter().map(|model| model.name).collect()
    }

    const RULES: &str = "
        vary = [
            { key = \"optimizer.kind\", values = [\"sgd\", \"adam\"] },
            { key = \"optimizer.momentum\", values = [0.0, 0.9], when = { \"optimizer.kind\" = \"sgd\" } },
            { key = \"training.batch_size\", values = [32] },
        ]";

    #[test]
    fn a_grid_is_every_combination_that_its_conditions_leave() {
        assert_eq!(
            names(&sweep(RULES)),
            [
                "s kind sgd, momentum 0, batch_size 32",
                "s kind sgd, momentum 0.9, batch_size 32",
                "s kind adam, batch_size 32"
            ]
        );
        let models = sweep(RULES).models();
        assert_eq!(
            models[1].set,
            ["optimizer.kind=\"sgd\"", "optimizer.momentum=0.9", "training.batch_size=32"]
        );
        let one = sweep("key = \"objective.kl.weight\"\nvalues = [0.1, 1.0, 5]\npublished.1.total = 2.0");
        assert_eq!(names(&one), ["s 0.1", "s 1", "s 5"]);
        assert_eq!(one.models()[1].published["total"], 2.0);
        let shared = sweep("vary = [{ key = \"a.size\", values = [1] }, { key = \"b.size\", values = [2] }]");
        assert_eq!(names(&shared), ["s a.size 1, b.size 2"]);
    }

    const DRAWN: &str = "
        vary = [
            { key = \"optimizer.learning_rate\", from = 1e-4, to = 1e-2, scale = \"log\" },
            { key = \"model.latent.size\", from = 2, to = 64, scale = \"log\", whole = true },
        ]";

    #[test]
    fn draws_are_functions_of_seed_and_number() {
        for method in ["halton", "random"] {
            let of = |count: usize, seed: u64| {
                let draw = format!("draw = {{ count = {count}, seed = {seed}, method = \"{method}\" }}");
                sweep(&format!("{DRAWN}\n{draw}")).models()
            };
            let (few, many) = (of(5, 3), of(20, 3));
            assert_eq!(few, many[..5], "more draws change none of those before");
            assert_ne!(few, of(5, 4), "another seed gives others");
            assert_eq!(many[19].name, "s 20");
        }
        // Another key leaves the independent draws of the first as they are.
        let draw = "draw = { count = 5, method = \"random\" }";
        let more = DRAWN.replace("vary = [", "vary = [{ key = \"seed\", from = 0, to = 9, whole = true },");
        let (two, three) = (sweep(&format!("{DRAWN}\n{draw}")), sweep(&format!("{more}\n{draw}")));
        for (two, three) in two.models().iter().zip(three.models()) {
            assert_eq!(two.set, three.set[1..]);
        }
    }

    #[test]
    fn equal_draws_are_one_under_their_first_number() {
        let choice = sweep(
            "vary = [{ key = \"seed\", values = [1, 2, 3] }]\ndraw = { count = 50, method = \"random\" }",
        );
        let models = choice.models();
        assert_eq!(models.len(), 3);
        assert_eq!(models[0].name, "s 1");
        let conditional = sweep(&format!("{RULES}\ndraw = {{ count = 40 }}"));
        assert_eq!(conditional.models().len(), 3, "a setting that is not varied makes no difference");
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let list = "{ key = \"a\", values = [1] }";
        let many = "from = 1\nto = 200\nsteps = 200\nwhole = true".replace('\n', ", ");
        for (rest, message) in [
            (String::new(), "needs a key with its values, or vary"),
            ("key = \"a\"".into(), "key and values go together"),
            (format!("key = \"a\"\nvalues = [1]\nvary = [{list}]"), "give one or the other"),
            (format!("vary = [{list}, {list}]"), "a is varied twice"),
            (format!("vary = [{}]", vec![list; 33].join(", ")), "33 keys: must be at most 32"),
            (
                "vary = [{ key = \"a\", values = [1], when = { b = 1 } }]".into(),
                "a: when: b is no key that is varied above it",
            ),
            ("vary = [{ key = \"a\", from = 1, to = 2 }]".into(), "a: needs steps, as nothing is drawn"),
            (format!("vary = [{list}]\ndraw = {{ count = 0 }}"), "sweep.draw.count: must be 1 to 10000"),
            (
                format!("vary = [{{ key = \"a\", {many} }}, {{ key = \"b\", {many} }}]"),
                "the number of combinations: must be 1 to 10000",
            ),
        ] {
            let toml = format!("name = \"s\"\nrecipe = \"r\"\n{rest}");
            let error = toml::from_str::<Sweep>(&toml).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }

    #[test]
    fn what_is_written_is_what_was_read() {
        for rest in [RULES.to_owned(), format!("{DRAWN}\ndraw = {{ count = 9, seed = 2 }}")] {
            let read = sweep(&rest);
            assert_eq!(toml::from_str::<Sweep>(&toml::to_string(&read).unwrap()).unwrap(), read);
        }
    }
}
