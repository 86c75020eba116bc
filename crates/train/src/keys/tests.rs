//! Holds every line of the registry to the parser: what it allows, refuses, and does without the key.

use std::collections::BTreeSet;

use network::Term;
use toml::{Table, Value};

use network::{Bound, Fallback, Key, LARGEST, Layer, Shape, Values};

use super::{KEYS, Section};
use crate::recipe::field_path::FieldPath;
use crate::recipe::schedule::Schedule;
use crate::recipe::{OptimizerSpec, Recipe};
use crate::study::Study;

const RECIPE: &str = r#"
name = "r"
data = { name = "synthetic-digits" }
model.encoder = [{ layer = "flatten" }, { layer = "dense", units = 8 }]
model.latent = { kind = "gaussian", size = 2 }
model.decoder = [{ layer = "dense", units = 784 }, { layer = "reshape", shape = [28, 28, 1] }]
objective.reconstruction = {}
optimizer = { kind = "adam", learning_rate = 1e-3 }
training = { epochs = 5, batch_size = 20 }
"#;
const STUDY: &str = r#"
name = "s"
model = [{ name = "AE", recipe = "mnist-mlp-ae" }]
"#;
const SWEEP: &str =
    "{ name = \"β\", recipe = \"mnist-mlp-vae\", key = \"objective.kl.weight\", values = [1.0] }";
const VARIED: &str = "{ name = \"s\", recipe = \"r\", vary = [{ key = \"objective.kl.weight\", values = [1.0, 2.0] }], draw = { count = 5 } }";
const NO_KEY: &str = "zzz";

/// A file that parses, and the table in it that a section describes.
struct Place {
    file: Table,
    table: FieldPath,
    of_study: bool,
}

impl Place {
    /// Of a kind of the section's table, with what `key` needs around it.
    fn new(section: &Section, kind: Option<&str>, key: &str) -> Self {
        let of_study = section.name.starts_with("study");
        let file = if of_study { STUDY } else { RECIPE }.parse().unwrap();
        let path = match section.name {
            "recipe" | "study" => "",
            "layer" => "model.encoder[0]",
            "study.model" => "model[0]",
            "study.show.strips" => "show.strips[0]",
            "study.sweep.vary" => "sweep.vary[0]",
            name => name.strip_prefix("study.").unwrap_or(name),
        };
        let table = FieldPath::parse(path).unwrap_or_default();
        let mut place = Self { file, table, of_study };
        match (section.name, kind, key) {
            ("study", _, "model") | ("study.sweep", _, "key" | "values") => place.set("sweep", SWEEP),
            ("study.sweep" | "study.sweep.draw", ..) => place.set("sweep", VARIED),
            ("study.sweep.vary", _, "values") => place.set("sweep", VARIED),
            ("study.sweep.vary", _, "when") => {
                place.set(
                    "sweep",
                    &VARIED.replace("vary = [", "vary = [{ key = \"optimizer.kind\", values = [1] }, "),
                );
                place.table = FieldPath::parse("sweep.vary[1]").unwrap();
            }
            ("study.sweep.vary", ..) => {
                let range = "key = \"optimizer.learning_rate\", from = 1.0, to = 3.0";
                place.set(
                    "sweep",
                    &VARIED.replace("key = \"objective.kl.weight\", values = [1.0, 2.0]", range),
                );
            }
            ("study.stop", kind, _) => {
                place.set("stop", &format!("{{ kind = \"{}\", first = 1 }}", kind.unwrap_or("median")));
            }
            ("study.show.strips", ..) => {
                place.set("show.strips", "[{ model = \"AE\", z1 = [0.0, 1.0], z2 = [0.0, 1.0] }]");
            }
            ("show.manifold" | "study.show.manifold", ..) => {
                place.set("show.manifold", "{ range = [0.0, 1.0], steps = 2 }");
            }
            ("data", _, "name" | "count" | NO_KEY) => {}
            ("data", ..) => place.set("data", "{ path = \"images\" }"),
            // Images that may have colours.
            ("data.augment", ..) => place.set("data", "{ path = \"images\", augment = {} }"),
            ("data.columns", ..) => place.set(
                "data",
                "{ path = \"t\", columns = { names = [\"a\"], mean = [0.0], deviation = [1.0] } }",
            ),
            // There is no noise of no kind.
            ("data.input.noise", _, key) => {
                let other = if key == "salt" { "blur" } else { "salt" };
                place.set("data.input.noise", &format!("{{ {other} = 0.5 }}"));
            }
            ("model.latent", Some("deterministic"), _) => {
                place.set("model.latent", "{ kind = \"deterministic\" }");
            }
            ("objective", _, term) if !is_for_gaussian_codes(term) => {
                place.set("model.latent", "{ kind = \"deterministic\" }");
            }
            ("model.latent", Some("gaussian"), "channels") => {
                place.set("model.latent", "{ kind = \"gaussian\", channels = 3 }");
                place.set("model.encoder", "[{ layer = \"reshape\", shape = [28, 28, 1] }]");
                place.set("model.decoder", "[{ layer = \"flatten\" }, { layer = \"dense\", units = 784 }]");
            }
            ("layer", Some(kind), _) => {
                place.set("model.encoder", &around(&least(kind)));
                place.table = FieldPath::parse("model.encoder[1]").unwrap();
            }
            ("objective.reconstruction", _, "sigma") => {
                place.set("objective.reconstruction.loss", "\"gaussian\"");
            }
            ("objective.reconstruction", _, "epsilon") => {
                place.set("objective.reconstruction.loss", "\"charbonnier\"");
            }
            ("optimizer", Some(kind), _) => {
                place.set("optimizer", &format!("{{ kind = \"{kind}\", learning_rate = 0.01 }}"));
            }
            ("optimizer.schedule", kind, _) => {
                let kind = kind.unwrap_or("constant");
                let numbers = match kind {
                    "exponential" => ", factor = 0.5",
                    "step" => ", factor = 0.5, every_epochs = 1",
                    "milestones" => ", epochs = [3], factor = 0.5",
                    _ => "",
                };
                place.set("optimizer.schedule", &format!("{{ kind = \"{kind}\"{numbers} }}"));
            }
            ("training.early_stopping", ..) => place.set("training.early_stopping", "{ patience = 1 }"),
            (
                "data.limit" | "data.input" | "training.average" | "objective.kl" | "show" | "study.show",
                ..,
            ) => {
                let path = place.table.to_string();
                place.set(&path, "{}");
            }
            _ => {}
        }
        place
    }

    fn set(&mut self, path: &str, value: &str) {
        let path = FieldPath::parse(path).unwrap();
        let parent = path.parent();
        if parent.value(&self.file).is_none() && !parent.segments().is_empty() {
            self.set(&parent.to_string(), "{}");
        }
        let table = parent.table_mut(&mut self.file).unwrap();
        table.insert(path.last_key().unwrap().to_owned(), toml_value(value));
    }

    /// Gives `key` of the table this value, or takes it away.
    fn change(&mut self, key: &str, value: Option<&str>) {
        let table = self.table.table_mut(&mut self.file).unwrap();
        match value {
            Some(value) => table.insert(key.to_owned(), toml_value(value)),
            None => table.remove(key),
        };
    }

    /// The file as read and written again, or why it cannot be read.
    fn read(&self) -> Result<Table, String> {
        let text = toml::to_string(&self.file).unwrap();
        let written = if self.of_study {
            let study = Study::parse(&text, "s.toml").map_err(|error| error.to_string())?;
            study.to_toml().unwrap()
        } else {
            let recipe = Recipe::parse(&text, "r.toml", &[]).map_err(|error| error.to_string())?;
            recipe.to_toml().unwrap()
        };
        Ok(written.parse().unwrap())
    }

    fn read_with(
        section: &Section,
        kind: Option<&str>,
        key: &str,
        value: Option<&str>,
    ) -> Result<Table, String> {
        let mut place = Self::new(section, kind, key);
        place.change(key, value);
        place.read()
    }
}

/// A layer with the examples of the keys that it must have.
fn least(kind: &str) -> String {
    let (_, keys) = Layer::KEYS.iter().find(|(name, _)| *name == kind).unwrap();
    let required = keys.iter().filter(|key| key.default == Fallback::Required);
    let fields: String = required.map(|key| format!(", {} = {}", key.name, key.example)).collect();
    format!("{{ layer = \"{kind}\"{fields} }}")
}

/// An encoder with this layer in its middle: behind an image of 16 channels, or, if it takes none, a vector.
fn around(layer: &str) -> String {
    let parsed: Layer = toml_value(layer).try_into().unwrap_or_else(|error| panic!("{layer}: {error}"));
    let before = match parsed.output_shape(Shape::image(7, 7, 16)) {
        Ok(_) => "{ layer = \"reshape\", shape = [7, 7, 16] }",
        Err(_) => "{ layer = \"flatten\" }",
    };
    format!("[{before}, {layer}, {{ layer = \"flatten\" }}]")
}

fn is_for_gaussian_codes(term: &str) -> bool {
    Term::named(term).is_none_or(|term| term.description().codes.include(true))
}

fn toml_value(text: &str) -> Value {
    format!("x = {text}").parse::<Table>().unwrap_or_else(|error| panic!("{text}: {error}"))["x"].clone()
}

fn all() -> impl Iterator<Item = &'static Section> {
    KEYS.iter().flatten()
}

/// The key that says which kind of table a section's is, and the kinds; `None` where all have the same keys.
fn tag(section: &Section) -> Option<(&'static str, &'static [&'static str])> {
    if section.keys.iter().all(|key| key.kinds.is_empty()) {
        return None;
    }
    section.keys.iter().find_map(|key| match (key.name, &key.values) {
        (name @ ("kind" | "layer"), Values::Choice(kinds)) => Some((name, *kinds)),
        _ => None,
    })
}

/// The kinds of a section's table; once nothing, where there are none.
fn kinds(section: &Section) -> Vec<Option<&'static str>> {
    tag(section).map_or(vec![None], |(_, kinds)| kinds.iter().map(|kind| Some(*kind)).collect())
}

/// Every key with one kind that has it, but for those that say the kind.
fn keys() -> impl Iterator<Item = (&'static Section, Option<&'static str>, &'static Key)> {
    all().flat_map(|section| {
        let tag = tag(section).map(|(tag, _)| tag);
        let keys = section.keys.iter().filter(move |key| Some(key.name) != tag);
        keys.flat_map(move |key| {
            let has = move |kind: &Option<&str>| {
                key.kinds.is_empty() || kind.is_some_and(|kind| key.kinds.contains(&kind))
            };
            kinds(section).into_iter().filter(has).map(move |kind| (section, kind, key))
        })
    })
}

#[test]
fn the_parser_knows_these_keys_and_no_others() {
    for section in all() {
        for kind in kinds(section) {
            let message = Place::read_with(section, kind, NO_KEY, Some("1")).unwrap_err();
            let mut known: BTreeSet<&str> = match message.split_once("unknown field; allowed: ") {
                Some((_, names)) => names.split(", ").collect(),
                None => message.split('`').skip(1).step_by(2).filter(|name| *name != NO_KEY).collect(),
            };
            if section.name.starts_with("study.") {
                known.extend(tag(section).map(|(tag, _)| tag)); // the parser has taken it by then
            }
            let has = |key: &&Key| key.kinds.is_empty() || kind.is_some_and(|kind| key.kinds.contains(&kind));
            let listed: BTreeSet<&str> = section.keys.iter().filter(has).map(|key| key.name).collect();
            assert_eq!(listed, known, "{} {kind:?}: {message}", section.name);
        }
    }
    // The fields beside a flattened rule are written down in the parser's message; this stops compiling with another.
    let recipe = Recipe::open("mnist-mlp-ae", &[]).unwrap();
    let OptimizerSpec { rule: _, learning_rate: _, schedule, clip_norm: _ } = recipe.optimizer;
    let Schedule { decay: _, warmup_epochs: _ } = schedule;
}

#[test]
fn every_kind_is_listed() {
    for section in all() {
        for key in section.keys {
            let Values::Choice(names) = key.values else { continue };
            let kind = key.kinds.first().copied();
            let message = Place::read_with(section, kind, key.name, Some("\"zzz\"")).unwrap_err();
            assert!(
                names.iter().all(|name| message.contains(name)),
                "{}.{}: {message}",
                section.name,
                key.name
            );
            if (section.name, key.name) == ("data", "name") {
                assert_eq!(names.len(), data::CATALOGUE.len());
            } else {
                let quoted = |quote: char| message.split(quote).count() / 2;
                assert_eq!(quoted('"').max(quoted('`')), 1 + names.len(), "{message}");
            }
        }
        for kind in kinds(section) {
            let read = Place::new(section, kind, "").read();
            assert!(read.is_ok(), "{} {kind:?}: {}", section.name, read.unwrap_err());
        }
    }
}

#[test]
fn tables_have_sections_and_sections_tables() {
    for section in all() {
        for key in section.keys.iter().filter(|key| key.values == Values::Table) {
            let name = match section.name {
                "recipe" => key.name.to_owned(),
                "objective.reconstruction" => continue,
                parent => format!("{parent}.{}", key.name),
            };
            assert!(all().any(|section| section.name == name), "{name}");
        }
    }
}

#[test]
fn defaults_are_what_holds_without_the_key() {
    for (section, kind, key) in keys() {
        let name = format!("{}.{} {kind:?}", section.name, key.name);
        let without = Place::read_with(section, kind, key.name, None);
        match key.default {
            Fallback::Required => assert!(without.is_err(), "{name} can be left out"),
            Fallback::Value(value) => {
                let with = Place::read_with(section, kind, key.name, Some(value));
                assert_eq!(without.expect(&name), with.expect(&name), "{name}");
            }
            Fallback::Words(_) => {
                let path = Place::new(section, kind, key.name).table.join(key.name);
                assert_eq!(path.value(&without.expect(&name)), None, "{name} has a default value");
            }
        }
    }
}

#[test]
fn examples_are_accepted_and_differ_from_the_default() {
    for (section, kind, key) in keys() {
        let name = format!("{}.{} {kind:?}", section.name, key.name);
        let with = Place::read_with(section, kind, key.name, Some(key.example));
        let with = with.unwrap_or_else(|error| panic!("{name}: {error}"));
        if key.default != Fallback::Required && key.name != "schema" {
            let without = Place::read_with(section, kind, key.name, None).expect(&name);
            assert_ne!(with, without, "{name}: the example changes nothing");
        }
    }
}

#[test]
fn ranges_end_where_they_say() {
    for (section, kind, key) in keys() {
        let name = format!("{}.{} {kind:?}", section.name, key.name);
        for value in accepted(&key.values) {
            let read = Place::read_with(section, kind, key.name, Some(&value));
            assert!(read.is_ok(), "{name} = {value}: {}", read.unwrap_err());
        }
        for value in refused(&key.values) {
            let read = Place::read_with(section, kind, key.name, Some(&value));
            assert!(read.is_err(), "{name} = {value} is accepted");
        }
    }
}

/// Values in TOML that must be accepted: both ends of the range, every choice.
fn accepted(values: &Values) -> Vec<String> {
    let end = |bound| if let Bound::With(end) = bound { Some(format!("{end:?}")) } else { None };
    match *values {
        Values::Flag => vec!["true".into(), "false".into()],
        Values::Whole(low, LARGEST) => vec![low.to_string()],
        Values::Whole(low, high) => vec![low.to_string(), high.to_string()],
        Values::Number(low, high) => [end(low), end(high)].into_iter().flatten().collect(),
        Values::Choice(names) => names.iter().map(|name| format!("{name:?}")).collect(),
        Values::Name | Values::Text | Values::Table | Values::Other { .. } => Vec::new(),
    }
}

/// Values in TOML that must be refused: another type, and what lies just outside.
fn refused(values: &Values) -> Vec<String> {
    let mut refused = vec!["[[[\"x\"]]]".to_owned()];
    match *values {
        Values::Name => refused.extend(["\" \"".into(), "1".into()]),
        Values::Text | Values::Flag | Values::Table => refused.push("1".into()),
        Values::Whole(low, high) => {
            refused.push("1.5".into());
            refused.push((low as i64 - 1).to_string());
            refused.extend(high.checked_add(1).filter(|beyond| *beyond <= LARGEST).map(|n| n.to_string()));
        }
        Values::Number(low, high) => {
            refused.extend(["\"x\"".into(), "nan".into(), "inf".into()]);
            for (bound, step) in [(low, -1e-3), (high, 1e-3)] {
                match bound {
                    Bound::With(end) => refused.push(format!("{:?}", end + step)),
                    Bound::Without(end) => refused.push(format!("{end:?}")),
                    Bound::Open => {}
                }
            }
        }
        Values::Choice(_) => refused.push("\"zzz\"".into()),
        Values::Other { refused: more, .. } => refused.extend(more.iter().map(|text| (*text).to_owned())),
    }
    refused
}
