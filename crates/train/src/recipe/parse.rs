//! From TOML text to a [`Recipe`]: keys and types. Serde's messages become ours here: file, line, the full
//! path of the field, the value received, what is allowed.

use std::path::Path;

use data::DataSpec;
use network::Layer;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::field_path::FieldPath;
use super::origin::Origin;
use super::overrides::Override;
use super::{Recipe, SCHEMA, text};
use crate::built_in::RECIPES;
use crate::error::RecipeError;

/// Keys that say which kind of thing a table is.
const TAGS: [&str; 2] = ["layer", "kind"];

impl Recipe {
    /// The recipe of this name among [`RECIPES`], or in this file, with `overrides` over it.
    ///
    /// # Errors
    /// If there is neither, the file cannot be read, or anything in it (or in the overrides) cannot be used.
    pub fn open(name_or_path: &str, overrides: &[Override]) -> Result<Self, RecipeError> {
        if let Some(recipe) = RECIPES.iter().find(|recipe| recipe.name == name_or_path) {
            return Self::parse(recipe.toml, &format!("recipe {name_or_path}"), overrides);
        }
        let path = Path::new(name_or_path);
        if !path.is_file() && path.extension().is_none_or(|extension| extension != "toml") {
            return Err(RecipeError::Unknown { name: name_or_path.to_owned() });
        }
        Self::parse(&text::read(path)?, name_or_path, overrides)
    }

    /// Reads a recipe; `name` stands for the text in messages.
    ///
    /// Checks keys, types and every value that can be checked before the images are there; their shape is
    /// known beforehand for a data set of the catalogue, else [`Recipe::check`] looks at the rest.
    ///
    /// # Errors
    /// The first thing that cannot be used, with file, line, field, value and what is allowed.
    pub fn parse(toml: &str, name: &str, overrides: &[Override]) -> Result<Self, RecipeError> {
        Self::of(Origin::new(name, toml, overrides))
    }

    pub(crate) fn of(origin: Origin) -> Result<Self, RecipeError> {
        let table = origin.amended()?.table;
        check_schema(&table, &origin)?;
        let mut recipe: Recipe = read(&table, &origin)?;
        recipe.origin = origin;
        recipe.check_before_images()?;
        Ok(recipe)
    }

    /// What the overrides changed besides what they say, one sentence each: settings that belonged to another data
    /// set, or to another kind of optimizer, schedule, layer, loss or code.
    pub fn notes(&self) -> Vec<String> {
        self.origin.amended().map(|amended| amended.notes).unwrap_or_default()
    }
}

/// The `[data]` table of a recipe that is still to be chosen for `data`, a name of the catalogue or a path.
///
/// # Errors
/// For overrides of it that cannot be used.
pub fn data_spec(data: &str, overrides: &[Override]) -> Result<DataSpec, RecipeError> {
    #[derive(Deserialize)]
    struct Draft {
        data: DataSpec,
    }
    let source = Override::data(data);
    let of_data = overrides.iter().filter(|change| change.is_of_data());
    let overrides: Vec<Override> = std::iter::once(&source).chain(of_data).cloned().collect();
    let origin = Origin::chosen(data, "", &overrides);
    let Draft { data: mut spec } = read(&origin.amended()?.table, &origin)?;
    spec.begin();
    spec.check().map_err(|error| origin.refuse_data(error))?;
    Ok(spec)
}

fn read<T: DeserializeOwned>(table: &Table, origin: &Origin) -> Result<T, RecipeError> {
    deserialize::<T>(table).map_err(|fault| fault.explain::<T>(table, origin))
}

/// The version comes first: of another one nothing else is known.
fn check_schema(table: &Table, origin: &Origin) -> Result<(), RecipeError> {
    match table.get("schema") {
        Some(Value::Integer(found)) if *found != SCHEMA as i64 => {
            let path = FieldPath::default().join("schema");
            let allowed = format!("this program reads schema {SCHEMA}; a newer latentlab wrote it");
            Err(origin.refuse(&path, Some(found.to_string()), allowed))
        }
        _ => Ok(()),
    }
}

/// What serde found wrong.
#[derive(PartialEq)]
struct Fault {
    path: FieldPath,
    message: String,
}

fn deserialize<T: DeserializeOwned>(table: &Table) -> Result<T, Fault> {
    serde_path_to_error::deserialize(Value::Table(table.clone())).map_err(|error| {
        let path = FieldPath::from(error.path());
        let inner = path.value(table).and_then(|layer| inner_fault(&path.to_string(), layer));
        inner.unwrap_or_else(|| Fault { path, message: error.into_inner().message().to_owned() })
    })
}

/// What is wrong with a layer inside the layer at `place`, of which serde tells only that it stands in this one.
fn inner_fault(place: &str, layer: &Value) -> Option<Fault> {
    let list = |key: &str| layer.get(key).and_then(Value::as_array).into_iter().flatten().enumerate();
    let layers = list("layers").map(|(i, inner)| (format!("{place}.layers[{i}]"), inner));
    let branches = list("branches").flat_map(|(branch, layers)| {
        let layers = layers.as_array().into_iter().flatten().enumerate();
        layers.map(move |(i, inner)| (format!("{place}.branches[{branch}][{i}]"), inner))
    });
    layers.chain(branches).find_map(|(place, inner)| {
        inner_fault(&place, inner).or_else(|| {
            let error = serde_path_to_error::deserialize::<_, Layer>(inner.clone()).err()?;
            let below = error.path().to_string();
            let path = if below == "." { place } else { format!("{place}.{below}") };
            Some(Fault { path: FieldPath::parse(&path)?, message: error.into_inner().message().to_owned() })
        })
    })
}

impl Fault {
    fn explain<T: DeserializeOwned>(self, table: &Table, origin: &Origin) -> RecipeError {
        let quoted = |message: &str| message.split('`').nth(1).map(str::to_owned);
        if self.message.starts_with("missing field ") {
            let field = self.path.join(&quoted(&self.message).unwrap_or_default());
            return origin.refuse(&field, None, "is missing and must be given");
        }
        if self.message.starts_with("unknown field ") {
            let field = match quoted(&self.message) {
                Some(key) if self.path.last_key() != Some(&key) => self.path.join(&key),
                _ => self.path.clone(),
            };
            let known = self.message.split_once(", expected ").map_or("", |(_, known)| known);
            let known = known.trim_start_matches("one of ").replace('`', "").replace(" or ", ", ");
            let allowed = match [tags(&field.parent()), &known, more(&field.parent())].concat().as_str() {
                "" => "unknown field; none is allowed here".to_owned(),
                known => format!("unknown field; allowed: {}", known.trim_matches([',', ' '])),
            };
            return origin.refuse(&field, show(&field, table), allowed);
        }
        let forms = forms(&self.path);
        let culprit = if forms.is_some() { None } else { self.culprit::<T>(table) };
        let field = culprit.unwrap_or(self.path);
        let value = show(&field, table);
        let meant = value.as_deref().and_then(|value| other_name(value, &self.message));
        let allowed = forms.map_or_else(|| allowed(&self.message), str::to_owned);
        origin.refuse(&field, value, allowed + &meant.unwrap_or_default())
    }

    /// Serde reads a table of several kinds (a layer, an optimizer) as a whole and forgets which of its fields
    /// was wrong: it is the one without which the fault is another one.
    fn culprit<T: DeserializeOwned>(&self, table: &Table) -> Option<FieldPath> {
        let mut without = table.clone();
        let fields = self.path.table_mut(&mut without)?.clone();
        if let Some(variant) = self.message.strip_prefix("unknown variant `") {
            let variant = variant.split('`').next();
            let key = fields.iter().find(|(_, value)| value.as_str() == variant)?.0;
            return Some(self.path.join(key));
        }
        // A field whose removal is a fault of its own may only have hidden this one: the others come first.
        let mut hiding = None;
        for key in fields.keys().filter(|key| !TAGS.contains(&key.as_str())) {
            let mut without = table.clone();
            self.path.table_mut(&mut without)?.remove(key);
            match deserialize::<T>(&without) {
                Err(fault) if fault == *self => {}
                Err(fault) if fault.message.starts_with("missing field ") => {
                    hiding.get_or_insert_with(|| self.path.join(key));
                }
                _ => return Some(self.path.join(key)),
            }
        }
        hiding
    }
}

/// The key that says which kind the table at `place` is, where serde leaves it out.
fn tags(place: &FieldPath) -> &'static str {
    match place.to_string().as_str() {
        "optimizer" | "model.latent" => "kind, ",
        "optimizer.schedule" => "kind, warmup_epochs, ",
        place if place.ends_with(']') => "layer, ",
        _ => "",
    }
}

/// Keys beside those of a kind.
fn more(place: &FieldPath) -> &'static str {
    if place.to_string() == "optimizer" { ", learning_rate, schedule, clip_norm" } else { "" }
}

/// What fields hold that take one of several forms, of which serde says only how it failed to read one.
fn forms(field: &FieldPath) -> Option<&'static str> {
    match field.to_string().as_str() {
        "data.valid" => Some(
            "must be \"test\", a number of images, a fraction below 1, or { fraction = 0.1 }, { count = N }, \
             { first = N } or { last = N }, which say what is held out of the training images",
        ),
        "data.test" => Some(
            "must be the path of a folder, a number of images, a fraction below 1, or { fraction = 0.1 }, \
             { count = N }, { first = N } or { last = N }, which say what is held out of the images",
        ),
        "objective.reconstruction.sigma" => Some(
            "must be { learned = 0.2 }, which learns it from there, or { fixed = 0.2 }, in units of pixel value",
        ),
        _ => None,
    }
}

/// What a value is called here that other programs call otherwise.
fn other_name(value: &str, message: &str) -> Option<String> {
    const OTHERS: [(&str, &[&str]); 6] = [
        ("squared_error", &["mse", "l2", "mean_squared_error"]),
        (
            "bce",
            &["binary_crossentropy", "binary_cross_entropy", "cross_entropy", "crossentropy", "bernoulli"],
        ),
        ("gaussian", &["normal", "gaussian_nll", "vae", "variational"]),
        ("deterministic", &["ae", "autoencoder", "plain", "none"]),
        ("reduce_on_plateau", &["plateau", "reduce_lr_on_plateau"]),
        ("silu", &["swish"]),
    ];
    let value = value.trim_matches('"').to_ascii_lowercase();
    let (ours, _) = OTHERS.iter().find(|(_, theirs)| theirs.contains(&value.as_str()))?;
    let is_allowed = message.contains(&format!("`{ours}`"))
        || message.ends_with(ours)
        || message.contains(&format!(" {ours},"));
    is_allowed.then(|| format!("; \"{value}\" is called \"{ours}\" here"))
}

/// The value of `field` on one line, not longer than a line.
fn show(field: &FieldPath, table: &Table) -> Option<String> {
    Some(text::shortened(&field.value(table)?.to_string()))
}

/// What is allowed, from serde's message.
fn allowed(message: &str) -> String {
    if let Some((found, expected)) = message.split_once(", expected ") {
        let expected = expected.replace('`', "\"");
        if found.starts_with("unknown variant") {
            return format!("must be {expected}");
        }
        return format!("must be {}", plainly(&expected));
    }
    match message.strip_prefix("expected ") {
        Some(expected) => format!("must be {expected}"),
        // `activation "x": unknown; …`: the field says the first part already.
        None if message.starts_with("activation ") => {
            message.split_once(": ").map_or(message, |(_, reason)| reason).to_owned()
        }
        None => message.to_owned(),
    }
}

/// Rust's names for types in words.
fn plainly(expected: &str) -> &str {
    match expected {
        "usize" | "u64" | "u32" => "a whole number of at least 0",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        _ if expected.starts_with("struct ") || expected.contains("tagged enum") => "a table",
        other => other,
    }
}
