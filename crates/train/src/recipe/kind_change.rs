//! Tables that say which kind of thing they are: another kind has other fields, and those of the former one go.

use network::Layer;
use toml::{Table, Value};

use super::field_path::FieldPath;
use super::purpose::{make_deterministic, make_gaussian};

/// A setting that gives a table another kind.
pub(crate) struct KindChange<'a> {
    pub path: &'a FieldPath,
    /// The table's kind before.
    pub former: String,
    /// And now.
    pub kind: String,
}

impl<'a> KindChange<'a> {
    /// Whether setting `path` to `value` changes the kind of a table of the recipe `table`.
    pub fn of(path: &'a FieldPath, value: &Value, table: &Table) -> Option<Self> {
        const TAGS: [&str; 4] = ["kind", "layer", "loss", "name"];
        let key = path.last_key()?;
        // `name` is a kind only of an activation, else it is a name.
        let is_tag = TAGS.contains(&key) && (key != "name" || path.parent().last_key() == Some("activation"));
        let (former, kind) = match path.to_string().as_str() {
            "model.latent" => (path.join("kind").value(table)?.as_str()?, value.get("kind")?.as_str()?),
            _ if is_tag => (path.value(table)?.as_str()?, value.as_str()?),
            _ => return None,
        };
        (former != kind).then(|| Self { path, former: former.to_owned(), kind: kind.to_owned() })
    }

    /// Removes what only the former kind has from `table`, but for what the user gives; says what went.
    pub fn drop_former(
        &self,
        table: &mut Table,
        is_given: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<String>, String> {
        let place = self.path.parent();
        match place.to_string().as_str() {
            "optimizer" => {
                let mut notes =
                    self.drop_all_but(table, &["learning_rate", "schedule", "clip_norm"], is_given);
                notes.extend(self.usual_rate(table, is_given));
                Ok(notes)
            }
            "optimizer.schedule" => Ok(self.drop_all_but(table, &["warmup_epochs"], is_given)),
            "objective.reconstruction" if ["gaussian", "charbonnier"].contains(&self.former.as_str()) => {
                Ok(self.drop_all_but(table, &["reduction", "weight"], is_given))
            }
            "model.latent" | "model" if self.kind == "deterministic" => {
                Ok(make_deterministic(table, is_given))
            }
            "model.latent" if self.kind == "gaussian" && !is_given("model.latent.size") => {
                make_gaussian(table, is_given)
            }
            _ if self.path.last_key() == Some("layer") => Ok(self.drop_unknown(table, is_given)),
            _ if self.path.last_key() == Some("name") => Ok(self.drop_all_but(table, &[], is_given)),
            _ => Ok(Vec::new()),
        }
    }

    fn drop_all_but(&self, table: &mut Table, rest: &[&str], is_given: &dyn Fn(&str) -> bool) -> Vec<String> {
        let place = self.path.parent();
        let Some(fields) = place.table_mut(table) else { return Vec::new() };
        let tag = self.path.last_key().unwrap_or_default();
        let foreign =
            |key: &str| key != tag && !rest.contains(&key) && !is_given(&place.join(key).to_string());
        let keys: Vec<String> = fields.keys().filter(|key| foreign(key)).cloned().collect();
        keys.iter().filter_map(|key| self.drop_field(fields, key)).collect()
    }

    /// Removes the fields of which the layer's new kind knows nothing.
    fn drop_unknown(&self, table: &mut Table, is_given: &dyn Fn(&str) -> bool) -> Vec<String> {
        let place = self.path.parent();
        let Some(fields) = place.table_mut(table) else { return Vec::new() };
        let mut layer = fields.clone();
        layer.insert("layer".into(), Value::from(self.kind.as_str()));
        let mut notes = Vec::new();
        while let Err(error) = Value::Table(layer.clone()).try_into::<Layer>() {
            let unknown =
                error.message().strip_prefix("unknown field `").and_then(|text| text.split('`').next());
            let Some(key) = unknown.map(str::to_owned).filter(|key| layer.remove(key).is_some()) else {
                break;
            };
            if !is_given(&place.join(&key).to_string()) {
                notes.extend(self.drop_field(fields, &key));
            }
        }
        notes
    }

    fn drop_field(&self, fields: &mut Table, key: &str) -> Option<String> {
        let value = fields.remove(key)?;
        let field = self.path.parent().join(key);
        Some(format!("{field} = {value} is dropped: it belonged to {}", self.former))
    }

    /// Adadelta's rate is a factor near 1 on steps that it measures itself, that of the others a step's size.
    fn usual_rate(&self, table: &mut Table, is_given: &dyn Fn(&str) -> bool) -> Option<String> {
        const ADADELTA: &str = "adadelta";
        let usual = match (self.former.as_str(), self.kind.as_str()) {
            (ADADELTA, "sgd") => 1e-2,
            (ADADELTA, _) => 1e-3,
            (_, ADADELTA) => 1.0,
            _ => return None,
        };
        let place = self.path.parent();
        if is_given(&place.join("learning_rate").to_string()) {
            return None;
        }
        let former = place.table_mut(table)?.insert("learning_rate".into(), Value::Float(usual))?;
        Some(format!(
            "optimizer.learning_rate = {usual}, as is usual for {}; {former} was for {}",
            self.kind, self.former
        ))
    }
}
