//! What a network is for, and the size of its code: put into a recipe's text without touching the rest of it.

use network::Term;
use toml::{Table, Value};

/// What a network is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// An autoencoder: the encoder's output is the code, and nothing draws from it.
    Ae,
    /// A variational autoencoder: a Gaussian posterior for each image, and a prior to generate from.
    #[default]
    Vae,
    /// An autoencoder that sees images with noise on them ([`Purpose::NOISE`]) and gives the clean ones.
    Denoiser,
}

impl Purpose {
    /// Standard deviation of the noise that a denoiser sees where its recipe has none, in units of pixel value.
    pub const NOISE: f64 = 0.2;

    /// As a command line has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ae => "ae",
            Self::Vae => "vae",
            Self::Denoiser => "denoiser",
        }
    }

    /// Makes the recipe `table` one for this purpose; `is_given` says of a path whether the user has set it.
    pub(crate) fn apply(
        self,
        table: &mut Table,
        is_given: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<String>, String> {
        let latent = table.get("model").and_then(|model| model.get("latent"));
        let is_vae = latent.is_some_and(is_gaussian);
        if self != Self::Denoiser && is_vae == (self == Self::Vae) {
            return Ok(Vec::new());
        }
        if self == Self::Denoiser
            && !is_given("data.clean")
            && let Some(data) = table.get_mut("data").and_then(Value::as_table_mut)
        {
            let input = data.entry("input").or_insert_with(|| Value::Table(Table::new()));
            if let Some(input) = input.as_table_mut() {
                input.entry("noise").or_insert(Value::Float(Self::NOISE));
            }
        }
        if let Some(Value::String(description)) = table.get_mut("description") {
            *description += &format!(" (as {})", self.name());
        }
        match self {
            Self::Ae | Self::Denoiser => Ok(make_deterministic(table, is_given)),
            Self::Vae => make_gaussian(table, is_given),
        }
    }
}

/// Lets the encoder end in the code itself. A Gaussian code keeps its size: a dense layer of as many units takes the
/// place of the two heads, unless the user gives the encoder.
pub(crate) fn make_deterministic(table: &mut Table, is_given: &dyn Fn(&str) -> bool) -> Vec<String> {
    let Some(model) = table.get_mut("model").and_then(Value::as_table_mut) else { return Vec::new() };
    let former = model.insert("latent".into(), Value::Table(of_kind("deterministic")));
    let Some(former) = former.filter(is_gaussian) else { return Vec::new() };
    let mut notes = Vec::new();
    if let Some(encoder) = model.get_mut("encoder").and_then(Value::as_array_mut)
        && !is_given("model.encoder")
    {
        if let Some(size) = size_of(&former) {
            encoder.push(dense(size));
            notes.push(format!(
                "the code keeps its {size} numbers: a dense layer of {size} units ends the encoder"
            ));
        } else if let Some(channels) = former.get("channels").and_then(Value::as_integer) {
            encoder.push(pointwise(channels));
            notes.push(format!(
                "the code keeps its {channels} channels: a 1 × 1 convolution of {channels} filters ends the encoder"
            ));
        }
    }
    notes.extend(drop_terms(table, false, is_given));
    notes
}

/// Gives the encoder two heads, mean and log variance, in the place of the dense layer that ended it.
pub(crate) fn make_gaussian(
    table: &mut Table,
    is_given: &dyn Fn(&str) -> bool,
) -> Result<Vec<String>, String> {
    let Some(model) = table.get_mut("model").and_then(Value::as_table_mut) else { return Ok(Vec::new()) };
    if model.get("latent").and_then(size_of).is_some() {
        return Ok(Vec::new());
    }
    refuse_image_code(model)?;
    let Some(encoder) = model.get_mut("encoder").and_then(Value::as_array_mut) else { return Ok(Vec::new()) };
    let units = encoder.last().filter(|layer| kind_of(layer) == "dense").and_then(|layer| layer.get("units"));
    let Some(size) = units.and_then(Value::as_integer) else {
        return Err("the encoder ends in no dense layer that would say how many numbers the code has; give \
                    model.latent.size (--latent N)"
            .into());
    };
    if !is_given("model.encoder") {
        encoder.pop();
    }
    let mut latent = of_kind("gaussian");
    latent.insert("size".into(), Value::Integer(size));
    model.insert("latent".into(), Value::Table(latent));
    let mut notes = vec![format!("the code keeps its {size} numbers, each now with a mean and a variance")];
    notes.extend(drop_terms(table, true, is_given));
    Ok(notes)
}

/// Gives the code `size` numbers.
pub(crate) fn resize_code(table: &mut Table, size: i64) -> Result<(), String> {
    let Some(model) = table.get_mut("model").and_then(Value::as_table_mut) else { return Ok(()) };
    if model.get("latent").is_some_and(|latent| is_gaussian(latent) && latent.get("channels").is_some()) {
        refuse_image_code(model)?;
    }
    if let Some(latent) = model.get_mut("latent").and_then(Value::as_table_mut)
        && latent.get("kind").and_then(Value::as_str) == Some("gaussian")
    {
        latent.insert("size".into(), Value::Integer(size));
        return Ok(());
    }
    refuse_image_code(model)?;
    let Some(encoder) = model.get_mut("encoder").and_then(Value::as_array_mut) else { return Ok(()) };
    match encoder.last_mut().and_then(Value::as_table_mut) {
        Some(last) if last.get("layer").and_then(Value::as_str) == Some("dense") => {
            last.insert("units".into(), Value::Integer(size));
        }
        _ => {
            encoder.push(Value::Table([("layer".into(), Value::from("flatten"))].into_iter().collect()));
            encoder.push(dense(size));
        }
    }
    Ok(())
}

/// A code that the decoder takes as an image has the size that its layers give it.
fn refuse_image_code(model: &Table) -> Result<(), String> {
    let first = model.get("decoder").and_then(|decoder| decoder.get(0)).map_or("", kind_of);
    match first {
        "dense" | "" => Ok(()),
        first => Err(format!(
            "the size of this recipe's code follows from its layers, for its decoder begins with {first}; a recipe \
             whose decoder begins with a dense layer can have any"
        )),
    }
}

/// Removes the terms of the objective that are not for the code as it is now, variational or not, unless the user gives
/// them.
fn drop_terms(table: &mut Table, is_variational: bool, is_given: &dyn Fn(&str) -> bool) -> Vec<String> {
    let former = if is_variational { "a deterministic" } else { "a Gaussian" };
    let Some(objective) = table.get_mut("objective").and_then(Value::as_table_mut) else { return Vec::new() };
    let foreign = Term::summands().filter(|term| !term.description().codes.include(is_variational));
    foreign
        .map(|term| (term.name(), format!("objective.{}", term.name())))
        .filter(|(_, path)| !is_given(path))
        .filter_map(|(key, path)| objective.remove(key).map(|_| path))
        .map(|path| format!("{path} is dropped: it belonged to {former} code"))
        .collect()
}

fn of_kind(kind: &str) -> Table {
    [("kind".to_owned(), Value::from(kind))].into_iter().collect()
}

fn dense(units: i64) -> Value {
    let entries = [("layer".to_owned(), Value::from("dense")), ("units".to_owned(), Value::Integer(units))];
    Value::Table(entries.into_iter().collect())
}

fn pointwise(filters: i64) -> Value {
    let entries = [
        ("layer".to_owned(), Value::from("conv2d")),
        ("filters".to_owned(), Value::Integer(filters)),
        ("kernel".to_owned(), Value::Integer(1)),
    ];
    Value::Table(entries.into_iter().collect())
}

fn kind_of(layer: &Value) -> &str {
    layer.get("layer").and_then(Value::as_str).unwrap_or_default()
}

fn is_gaussian(latent: &Value) -> bool {
    latent.get("kind").and_then(Value::as_str) == Some("gaussian")
}

/// Dimensions of a Gaussian code of a vector.
fn size_of(latent: &Value) -> Option<i64> {
    latent.get("size").filter(|_| is_gaussian(latent))?.as_integer()
}
